import * as tf from '@tensorflow/tfjs';
import { normals } from '../helpers.ts';

/** Normal numbers in a tensor. */
export const numbers = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(normals(tf.util.sizeFromShape(shape), 1, 0, seed), shape);

/** Two dense layers with given kernels, ReLU after the first, no biases. */
export function dense(a: ArrayLike<number> = normals(20, 1, 0, 1), b: ArrayLike<number> = normals(15, 1, 0, 2)) {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, inputShape: [4], activation: 'relu', useBias: false, name: 'a' }),
      tf.layers.dense({ units: 3, useBias: false, name: 'b' }),
    ],
  });
  tf.tidy(() => model.setWeights([tf.tensor(Array.from(a), [4, 5]), tf.tensor(Array.from(b), [5, 3])]));
  return model;
}

/** What a model says, as numbers. */
export async function said(model: tf.LayersModel, x: tf.Tensor | tf.Tensor[]): Promise<number[]> {
  const out = model.predictOnBatch(x) as tf.Tensor;
  const values = await out.data();
  out.dispose();
  return [...values];
}

/** How many tensors a run leaves behind. */
export async function leftBy(run: () => Promise<unknown>): Promise<number> {
  await run();
  const before = tf.memory().numTensors;
  await run();
  return tf.memory().numTensors - before;
}

/** Disposes tensors and models. */
export function free(...all: { dispose(): unknown }[]): void {
  for (const one of all) one.dispose();
}
