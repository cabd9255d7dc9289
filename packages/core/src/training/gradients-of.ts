import * as tf from '@tensorflow/tfjs-core';
import { checkFunction, checkType } from '@weightkit/numerics/check';
import { checkTensors } from '../model/check-tensor.ts';

interface Tape {
  gradientDepth: number;
  activeTape: { saved?: tf.Tensor[] }[] | null;
}

/** Frees what a gradient that failed has saved for its way back: tfjs frees it at the end alone. */
function dropTape(): void {
  const state = tf.engine().state as unknown as Tape;
  if (state.gradientDepth !== 0 || !state.activeTape) return;
  for (const { saved } of state.activeTape) tf.dispose(saved ?? []);
  state.activeTape = null;
}

/**
 * The gradients of a scalar by tensors, as `tf.grads(f)(xs)`; when it fails, nothing of it stays in memory, where tf.grads leaves all
 * that it has saved for the way back.
 *
 * @example
 * const [dx] = gradientsOf((x) => tf.sum(tf.square(x)), [tf.tensor1d([1, 2])]);
 * console.log((await dx.data()).join()); // -> 2,4
 *
 * @param f - from the tensors to a scalar; what else it makes is freed
 * @param xs - one float32 tensor or more, borrowed
 * @returns a gradient for each of them, in its shape, which the caller disposes
 * @throws TypeError for other arguments; what `f` and tf.grads throw
 */
export function gradientsOf(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: tf.Tensor[]): tf.Tensor[] {
  checkFunction('gradientsOf', 'f', f);
  checkType(Array.isArray(xs), 'gradientsOf: xs must be a list of tensors', xs);
  checkTensors('gradientsOf', 'xs', xs);
  try {
    return tf.tidy(() => tf.grads(f)(xs));
  } catch (error) {
    dropTape();
    throw error;
  }
}
