import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import { valuesOf } from '@weightkit/testing';

/** Gives every weight numbers that no initializer gives: variances of .5 to 2, the rest normal. */
export function shake(model: tf.LayersModel, seed = 1, std = 0.5): void {
  for (const { path, shape, variable } of weightsOf(model)) {
    const values = new Float32Array(tf.util.sizeFromShape([...shape]));
    const key = randomKey(seed, path);
    if (path.endsWith('movingVariance')) fillUniform(values, key, { min: 0.5, max: 2 });
    else fillNormal(values, key, { std, mean: path.endsWith('gamma') ? 1 : 0 });
    tf.tidy(() => variable!.assign(tf.tensor(values, [...shape])));
  }
}

export const normalTensor = (shape: number[], seed = 5): tf.Tensor =>
  tf.tensor(fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), randomKey(seed)), shape);

export const predict = async (model: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => {
  const y = model.predictOnBatch(x) as tf.Tensor;
  const values = await valuesOf(y);
  if (!y.isDisposed) y.dispose();
  return values;
};

/** The largest difference by the largest magnitude. */
export function relative(a: Float32Array, b: Float32Array): number {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest;
}

/** Runs a test on a model and disposes it, and what it returns. */
export async function withModel<T>(model: tf.LayersModel, run: (model: tf.LayersModel) => Promise<T>): Promise<T> {
  try {
    return await run(model);
  } finally {
    model.dispose();
  }
}
