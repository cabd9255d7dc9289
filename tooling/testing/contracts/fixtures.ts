import * as tf from '@tensorflow/tfjs';
import type { Tolerance } from '../src/contracts.ts';

/** For what float32 holds exactly on the way: small integers, halves, copies. */
export const EXACT: Tolerance = { atMost: 0, because: 'every step is exact in float32' };

/** For what is computed on the host, in float64. */
export const HOST: Tolerance = {
  atMost: 2 ** -44,
  because: 'float64 on the host, fewer than 2^6 roundings of numbers below 4',
};

/**
 * For a chain of float32 divisions, roots and products of values up to `scale`. WGSL allows 2.5 ulp (of 2^-23) for a division and
 * 4.5 for a root; the other backends round each step once.
 */
export const chained = (steps: number, scale: number): Tolerance => ({
  atMost: steps * 5 * 2 ** -23 * scale,
  because: `${steps} float32 steps of up to 5 ulp, of values up to ${scale}`,
});

/** The kernels of the model of {@link withModel}, by rows. */
export const A = [3, 0, -1, 1, 1, -2];
export const B = [1, -2];

/** The weights of that model by path. */
export const WEIGHTS = { 'a/kernel': A, 'a/bias': [0, 0], 'b/kernel': B, 'b/bias': [0] };

/** The input [[1, 2, 3]]: layer a gives [4, -4], layer b 12. */
export const input = (): tf.Tensor2D => tf.tensor2d([[1, 2, 3]]);

function make(): tf.Sequential {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'a' }), tf.layers.dense({ units: 1, name: 'b' })],
  });
  const values = [tf.tensor2d(A, [3, 2]), tf.zeros([2]), tf.tensor2d(B, [2, 1]), tf.zeros([1])];
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

/** Runs `run` on a model of two dense layers without activations, and disposes the model. */
export async function withModel<T>(run: (model: tf.Sequential) => T | Promise<T>): Promise<T> {
  const model = make();
  try {
    return await run(model);
  } finally {
    model.dispose();
  }
}

/** Runs `run` on tensors and disposes them. */
export async function withTensors<T extends tf.Tensor[], R>(
  tensors: T,
  run: (...tensors: T) => R,
): Promise<Awaited<R>> {
  try {
    return await run(...tensors);
  } finally {
    tf.dispose(tensors);
  }
}

/** What the model gives for {@link input}; the caller disposes it. */
export const predict = (model: tf.LayersModel): tf.Tensor => tf.tidy(() => model.predict(input()) as tf.Tensor);

/** Three steps of stochastic gradient descent toward 0, from {@link input}. */
export const fit = (model: tf.LayersModel, callbacks: object = {}): Promise<unknown> => {
  // By name, so that the model owns the optimizer and disposes it.
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return withTensors([input(), tf.zeros([1, 1])], (x, y) =>
    model.fit(x, y, { epochs: 3, verbose: 0, callbacks: callbacks as tf.CustomCallbackArgs }),
  );
};

/** The gradient of the model's output for {@link input} by one variable. */
export function gradientBy(model: tf.LayersModel, variable: tf.Variable): tf.Tensor {
  return tf.tidy(() => {
    const { grads } = tf.variableGrads(() => tf.sum(model.apply(input()) as tf.Tensor) as tf.Scalar, [variable]);
    return grads[variable.name]!;
  });
}
