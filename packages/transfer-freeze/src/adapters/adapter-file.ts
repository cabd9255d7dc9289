import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import type { Weight } from '@weightkit/core';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { layerPath, moduleOf } from '../transfer/match-names.ts';
import { inverseOrder, permuteAxes } from '../transfer/permute-axes.ts';
import type { Adapter } from './adapter.ts';

/** An adapter and what it changes. */
interface Placed {
  weight: Weight;
  adapter: Adapter;
}

/** Where peft keeps a layer's tensors; of layers with several weights the weight is part of the name. */
function prefixOf(weight: Weight): string {
  const { path, property, layer } = weight;
  const whole = layer!.getClassName().endsWith('Cell');
  const place = whole ? `${layerPath(path)}/${property}` : moduleOf(weight, path);
  return `base_model.model.${place.replaceAll('/', '.')}`;
}

/** Adapters as a file of peft has them. */
export function adapterFile(
  all: readonly (Placed & { values: Readonly<Record<string, Float32Array>> })[],
  metadata: Record<string, string>,
): Checkpoint {
  const tensors = all.flatMap(({ weight, adapter, values }) => {
    const own = adapter.pack(values);
    return adapter.pieces.map(({ name, shape, inner, order }, i) =>
      floatTensor(`${prefixOf(weight)}.${name}`, shape, permuteAxes(own[i]!, inner, order)),
    );
  });
  return { format: 'safetensors', tensors, extras: { metadata }, close: async () => {} };
}

/** The values of variables that a file has for these adapters. */
export async function valuesIn(
  fn: string,
  file: Checkpoint,
  all: readonly Placed[],
): Promise<Record<string, Float32Array>[]> {
  checkCheckpoint(fn, 'checkpoint', file);
  const found: Record<string, Float32Array>[] = [];
  for (const { weight, adapter } of all) {
    const own: Float32Array[] = [];
    for (const { name, shape, inner, order } of adapter.pieces) {
      const values = await floatsIn(fn, file, `${prefixOf(weight)}.${name}`, shape);
      const there = order.map((axis) => inner[axis]!);
      own.push(permuteAxes(values, there, inverseOrder(order)));
    }
    found.push(adapter.unpack(own));
  }
  return found;
}
