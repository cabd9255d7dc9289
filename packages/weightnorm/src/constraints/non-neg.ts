import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';

/**
 * A weight without negative entries: max(w, 0), as Keras's `NonNeg`.
 *
 * @example
 * console.log((await nonNeg(tf.tensor1d([-1, 2])).data()).join(' ')); // -> 0 2
 *
 * @param w - float32; borrowed
 * @returns a new tensor like `w`
 * @throws TypeError when `w` is no such tensor
 */
export function nonNeg(w: tf.Tensor): tf.Tensor {
  checkTensor('nonNeg', 'w', w, 'float32');
  return tf.relu(w);
}
