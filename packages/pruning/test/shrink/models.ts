import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { fillWeights } from './generated.ts';

export const zeros = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
export type Symbolic = tf.SymbolicTensor;

/** Calls a layer with one output. */
export const on = (layer: tf.layers.Layer, ...x: Symbolic[]): Symbolic =>
  layer.apply(x.length === 1 ? x[0]! : x) as Symbolic;

export const dense = (name: string, units: number, more: object = {}): tf.layers.Layer =>
  tf.layers.dense({ name, units, ...zeros, ...more });
export const conv = (name: string, filters: number, more: object = {}): tf.layers.Layer =>
  tf.layers.conv2d({ name, filters, kernelSize: 3, padding: 'same', ...zeros, ...more });

/** A model from an input of a shape, with weights of its own. */
export function modelOf(
  shape: (number | null)[],
  build: (x: Symbolic) => Symbolic | Symbolic[],
  seed = 1,
): tf.LayersModel {
  const x = tf.input({ shape, name: 'x' });
  const model = tf.model({ inputs: x, outputs: build(x), name: 'whole' });
  fillWeights(model, seed);
  return model;
}

/**
 * Writes zeros over units: on the axis of each of a layer's weights that has them, counted from the end, in each of so many blocks.
 *
 * @param axes - the axes of each property; `{ kernel: [-1] }`
 */
export async function kill(
  model: tf.LayersModel,
  layer: string,
  units: readonly number[],
  axes: Readonly<Record<string, readonly number[]>> = { kernel: [-1], bias: [-1] },
  of = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (const { path, shape, variable } of weightsOf(model, `${layer}/**`)) {
    const values = Float32Array.from(await variable!.data());
    for (const axis of axes[path.split('/').at(-1)!] ?? []) {
      const at = axis + shape.length;
      const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
      for (let i = 0; i < values.length; i++)
        if (units.includes((Math.floor(i / inner) % shape[at]!) % of)) values[i] = 0;
    }
    tf.tidy(() => variable!.assign(tf.tensor(values, [...shape])));
  }
}
