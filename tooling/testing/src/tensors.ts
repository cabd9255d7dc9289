import * as tf from '@tensorflow/tfjs-core';

/** Whether the backend under test has a kernel (wasm lacks some gradients: `Conv2DBackpropFilter` and others). */
export function hasKernel(kernel: string): boolean {
  return tf.getKernel(kernel, tf.getBackend()) !== undefined;
}

/**
 * Runs `body` twice and returns how many tensors and bytes the second run left behind; the first run warms caches up.
 * A body that returns tensors owns them: dispose them inside.
 */
export async function leakOf(body: () => unknown): Promise<{ tensors: number; variables: number }> {
  await body();
  const before = tf.memory().numTensors;
  const variables = Object.keys(tf.engine().state.registeredVariables).length;
  await body();
  return {
    tensors: tf.memory().numTensors - before,
    variables: Object.keys(tf.engine().state.registeredVariables).length - variables,
  };
}

/** Downloads a tensor, disposes it, and returns its values: `await valuesOf(f(x))`. */
export async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data();
  tensor.dispose();
  return Float32Array.from(values as ArrayLike<number>);
}

/** Largest absolute difference of two equally long arrays; NaN anywhere gives NaN. */
export function maxAbsDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new RangeError(`maxAbsDifference: lengths must be equal, got ${a.length}, ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= worst)) worst = Number.isNaN(d) ? Number.NaN : d;
    if (Number.isNaN(worst)) return worst;
  }
  return worst;
}
