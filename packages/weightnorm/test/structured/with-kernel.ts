import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, weightsOf } from '@weightkit/core';
import { loadStock, valuesOf } from '@weightkit/testing';
import { expect } from 'vitest';

/** The values of the first weight. */
export const read = (m: tf.LayersModel): Promise<Float32Array> => valuesOf(weightsOf(m)[0]!.read());

/** A layer of any class with a kernel of the shape. */
export function withKernel(shape: number[], values: ArrayLike<number>): tf.Sequential {
  const [inputs, units] = shape.slice(-2) as [number, number];
  const shared = { filters: units, useBias: false };
  const layer =
    shape.length === 2
      ? tf.layers.dense({ units, inputShape: [inputs], useBias: false })
      : shape.length === 3
        ? tf.layers.conv1d({ ...shared, kernelSize: shape[0]!, inputShape: [6, inputs] })
        : tf.layers.conv2d({ ...shared, kernelSize: [shape[0]!, shape[1]!], inputShape: [6, 6, inputs] });
  const m = tf.sequential({ layers: [layer] });
  tf.tidy(() => m.setWeights([tf.tensor(Float32Array.from(values), shape)]));
  return m;
}

/** The distance of two lists. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a).reduce((sum, one, i) => sum + (one - b[i]!) ** 2, 0));

/** What is saved predicts the same in stock TensorFlow.js, to the bit, and so does the model once it is folded. */
export async function expectStockThenFold(
  m: tf.Sequential,
  handle: { fold(): void },
  inputs: tf.Tensor,
): Promise<void> {
  const stock = await loadStock(await foldedArtifacts(m));
  const predicted = await valuesOf(m.predict(inputs) as tf.Tensor);
  expect(await valuesOf(stock.predict(inputs) as tf.Tensor)).toEqual(predicted);
  handle.fold();
  expect(await valuesOf(m.predict(inputs) as tf.Tensor)).toEqual(predicted);
  stock.dispose();
}
