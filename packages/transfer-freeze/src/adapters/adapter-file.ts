import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import type { Weight } from '@weightkit/core';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { layerPath, moduleOf } from '../transfer/match-names.ts';
import { inverseOrder, permuteAxes } from '../transfer/permute-axes.ts';
import type { AdaptedMatrix } from './adapted-matrix.ts';

/** One adapter: what it changes, and its factors. */
export interface Factors {
  weight: Weight;
  matrix: AdaptedMatrix;
  rank: number;
  /** `[rows, rank]`, row-major. */
  a: Float32Array;
  /** `[rank, cols]`. */
  b: Float32Array;
}

/** Where peft keeps a layer's factors; of layers with several weights the weight is part of the name. */
function prefixOf(weight: Weight): string {
  const { path, property, layer } = weight;
  const whole = layer!.getClassName().endsWith('Cell');
  const place = whole ? `${layerPath(path)}/${property}` : moduleOf(weight, path);
  return `base_model.model.${place.replaceAll('/', '.')}`;
}

/** The names of the two factors in a file. */
const namesOf = ({ weight, matrix }: Pick<Factors, 'weight' | 'matrix'>): [string, string] => {
  const prefix = prefixOf(weight);
  return [`${prefix}.${matrix.names[0]}`, `${prefix}.${matrix.names[1]}`];
};

/** The order of axes from `[...inner, rank]` to `[rank, channels, ...spatial]`. */
const orderA = ({ inner }: AdaptedMatrix): number[] => [
  inner.length,
  inner.length - 1,
  ...inner.slice(0, -1).map((_, axis) => axis),
];

/** Adapters as a file of peft has them. */
export function adapterFile(all: readonly Factors[], metadata: Record<string, string>): Checkpoint {
  const tensors = all.flatMap((one) => {
    const { matrix, rank, a, b } = one;
    const [nameA, nameB] = namesOf(one);
    const there = permuteAxes(a, [...matrix.inner, rank], orderA(matrix));
    return [
      floatTensor(nameA, matrix.shapeA(rank), there),
      floatTensor(nameB, matrix.shapeB(rank), permuteAxes(b, [rank, matrix.cols], [1, 0])),
    ];
  });
  return { format: 'safetensors', tensors, extras: { metadata }, close: async () => {} };
}

/** The factors that a file has for adapters of these shapes. */
export async function factorsIn(
  fn: string,
  file: Checkpoint,
  all: readonly Pick<Factors, 'weight' | 'matrix' | 'rank'>[],
): Promise<{ a: Float32Array; b: Float32Array }[]> {
  checkCheckpoint(fn, 'checkpoint', file);
  const found: { a: Float32Array; b: Float32Array }[] = [];
  for (const one of all) {
    const { matrix, rank } = one;
    const [nameA, nameB] = namesOf(one);
    const order = orderA(matrix);
    const a = await floatsIn(fn, file, nameA, matrix.shapeA(rank));
    const b = await floatsIn(fn, file, nameB, matrix.shapeB(rank));
    found.push({
      a: permuteAxes(a, matrix.shapeA(rank), inverseOrder(order)),
      b: permuteAxes(b, [matrix.cols, rank], [1, 0]),
    });
  }
  return found;
}
