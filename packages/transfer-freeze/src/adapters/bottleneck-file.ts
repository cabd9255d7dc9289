import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { permuteAxes } from '../transfer/permute-axes.ts';
import type { Bottleneck } from './bottleneck-graph.ts';
import { checkNothingLeft } from './nothing-left.ts';

/** A weight of a bottleneck in a file: kernels as torch's linear layers have them. */
export interface FilePart {
  name: string;
  /** In the layer. */
  shape: readonly number[];
}

/** The weights of a bottleneck, in the order of their values. */
export const partsOf = ({ path, inputs, outputs }: Bottleneck, size: number): FilePart[] => {
  const place = `base_model.model.${path.replaceAll('/', '.')}`;
  return [
    { name: `${place}.adapter_down.weight`, shape: [inputs, size] },
    { name: `${place}.adapter_down.bias`, shape: [size] },
    { name: `${place}.adapter_up.weight`, shape: [size, outputs] },
    { name: `${place}.adapter_up.bias`, shape: [outputs] },
  ];
};

const turned = (shape: readonly number[]): number[] => [...shape].reverse();

/** Bottlenecks as a file. */
export const bottleneckFile = (
  parts: readonly FilePart[],
  values: readonly Float32Array[],
  metadata: Record<string, string>,
): Checkpoint => ({
  format: 'safetensors',
  tensors: parts.map(({ name, shape }, i) =>
    shape.length === 2
      ? floatTensor(name, turned(shape), permuteAxes(values[i]!, shape, [1, 0]))
      : floatTensor(name, shape, values[i]!),
  ),
  extras: { metadata },
  close: async () => {},
});

/** The values that such a file has for these weights. */
export async function bottlenecksIn(
  fn: string,
  file: Checkpoint,
  parts: readonly FilePart[],
  metadata: Readonly<Record<string, string>>,
): Promise<Float32Array[]> {
  checkCheckpoint(fn, 'checkpoint', file);
  const there = (file.extras?.metadata ?? {}) as Readonly<Record<string, string | undefined>>;
  for (const [name, own] of Object.entries(metadata))
    checkRange(
      there[name] === undefined || there[name] === own,
      `${fn}: checkpoint must be of adapters with ${name} ${own}`,
      there[name],
    );
  const all: Float32Array[] = [];
  for (const { name, shape } of parts) {
    const values = await floatsIn(fn, file, name, turned(shape));
    all.push(shape.length === 2 ? permuteAxes(values, turned(shape), [1, 0]) : values);
  }
  checkNothingLeft(fn, file, new Set(parts.map(({ name }) => name)));
  return all;
}
