import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import type { Weight } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { layerPath, moduleOf } from '../transfer/match-names.ts';
import { inverseOrder, permuteAxes } from '../transfer/permute-axes.ts';
import type { Adapter, Piece, SharedPieces } from './adapter.ts';
import { checkNothingLeft } from './nothing-left.ts';

/** An adapter and what it changes. */
interface Placed {
  weight: Weight;
  adapter: Adapter;
}

/** Where peft keeps a layer's tensors; of layers with several weights the weight is part of the name. */
function prefixOf(weight: Weight): string {
  const { path, property, layer } = weight;
  const whole = layer!.getClassName().endsWith('Cell');
  const module = moduleOf(weight, path);
  const place = whole
    ? `${layerPath(path)}/${property}`
    : property === 'pointwiseKernel'
      ? `${module}/pointwise`
      : module;
  return `base_model.model.${place.replaceAll('/', '.')}`;
}

/** Adapters as a file of peft has them. */
export function adapterFile(
  all: readonly (Placed & { values: Readonly<Record<string, Float32Array>> })[],
  metadata: Record<string, string>,
  shared: SharedPieces | undefined,
): Checkpoint {
  const tensors = all.flatMap(({ weight, adapter, values }) => {
    const own = adapter.pack(values);
    return adapter.pieces.map(({ name, shape, inner, order }, i) =>
      floatTensor(`${prefixOf(weight)}.${name}`, shape, permuteAxes(own[i]!, inner, order)),
    );
  });
  const common = shared?.isWritten ? shared.pieces : [];
  const values = shared?.values() ?? [];
  return {
    format: 'safetensors',
    tensors: [...tensors, ...common.map(({ name, shape }, i) => floatTensor(name, shape, values[i]!))],
    extras: { metadata },
    close: async () => {},
  };
}

/** How a file of another rank and scale is taken. */
export interface Fit {
  /** What its products are multiplied by, over what those here are. */
  ratio: number;
  /** The values of the variables now, for each adapter. */
  now: readonly Readonly<Record<string, Float32Array>>[];
}

const sized = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((own, i) => (i === axis ? size : own));

/** The rank of a piece in a file: its own where the file does not have the piece, or not with that many axes. */
function rankIn(fn: string, file: Checkpoint, name: string, { shape }: Piece, axis: number): number {
  const there = file.tensors.find((one) => one.name === name)?.shape[axis] ?? shape[axis]!;
  checkRange(
    there >= 1 && there <= shape[axis]!,
    `${fn}: checkpoint must have a rank of ${shape[axis]} at most; put adapters of the largest rank that is to be loaded`,
    `${there} of ${name}`,
  );
  return there;
}

/** Values of a smaller rank in the place of the first of a larger one. */
function widened(
  values: Float32Array,
  inner: readonly number[],
  axis: number,
  rank: number,
  rest: Float32Array,
): Float32Array {
  const out = Float32Array.from(rest);
  const after = inner.slice(axis + 1).reduce((product, size) => product * size, 1);
  const [own, whole] = [rank * after, inner[axis]! * after];
  for (let from = 0, to = 0; from < values.length; from += own, to += whole)
    out.set(values.subarray(from, from + own), to);
  return out;
}

/** The values of a piece in memory. */
async function pieceIn(
  fn: string,
  file: Checkpoint,
  name: string,
  piece: Piece,
  fit: { ratio: number; now: Float32Array } | undefined,
): Promise<Float32Array> {
  const { shape, inner, order, rank: axes, fillsZeros } = piece;
  const isFit = fit !== undefined && axes !== undefined;
  const rank = isFit ? rankIn(fn, file, name, piece, axes.file) : 0;
  const [inFile, inMemory] = isFit ? [sized(shape, axes.file, rank), sized(inner, axes.inner, rank)] : [shape, inner];
  const values = await floatsIn(fn, file, name, inFile);
  const there = order.map((axis) => inMemory[axis]!);
  const own = permuteAxes(values, there, inverseOrder(order));
  if (!isFit) return own;
  // The factor that is 0 beyond its rank takes the scale too, so that what the other has there stays what it was.
  const scaled = fillsZeros && fit.ratio !== 1 ? own.map((value) => value * fit.ratio) : own;
  return widened(scaled, inner, axes.inner, rank, fillsZeros ? new Float32Array(fit.now.length) : fit.now);
}

/** The values of variables that a file has for these adapters, and of what they share. */
export async function valuesIn(
  fn: string,
  file: Checkpoint,
  all: readonly Placed[],
  shared: SharedPieces | undefined,
  fit: Fit | undefined,
): Promise<{ variables: Record<string, Float32Array>[]; common: readonly Float32Array[] | undefined }> {
  checkCheckpoint(fn, 'checkpoint', file);
  const common = shared && (await sharedIn(fn, file, shared));
  const found: Record<string, Float32Array>[] = [];
  for (const [i, { weight, adapter }] of all.entries()) {
    const own: Float32Array[] = [];
    const now = fit && adapter.pack(fit.now[i]!);
    for (const [j, piece] of adapter.pieces.entries())
      own.push(
        await pieceIn(fn, file, `${prefixOf(weight)}.${piece.name}`, piece, fit && { ratio: fit.ratio, now: now![j]! }),
      );
    found.push(adapter.unpack(own, common ?? shared?.values() ?? []));
  }
  const taken = all.flatMap(({ weight, adapter }) => adapter.pieces.map(({ name }) => `${prefixOf(weight)}.${name}`));
  checkNothingLeft(fn, file, new Set(taken));
  return { variables: found, common };
}

/** What layers share, as a file has it; undefined where it has none and means the same. */
async function sharedIn(fn: string, file: Checkpoint, shared: SharedPieces): Promise<Float32Array[] | undefined> {
  const { pieces } = shared;
  if (!pieces.some(({ name }) => file.tensors.some((one) => one.name === name))) {
    shared.check(fn, (file.extras?.metadata ?? {}) as Record<string, string | undefined>);
    return undefined;
  }
  const values: Float32Array[] = [];
  for (const { name, shape } of pieces) values.push(await floatsIn(fn, file, name, shape));
  return values;
}
