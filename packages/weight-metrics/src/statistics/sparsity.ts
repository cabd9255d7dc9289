import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { stagedSum } from '../values/staged-sum.ts';

/**
 * The share of entries that are exactly 0 (or -0): zeros / entries, counted in int32 on the device. Not differentiable.
 *
 * @example
 * const share = sparsity(tf.tensor1d([0, 1, 0, 2]));
 * console.log((await share.data())[0]); // -> 0.5
 *
 * @param w - any shape with entries, borrowed; NaN is not 0
 * @returns a scalar in [0, 1], float32: the count is exact to 2^24 zeros
 * @throws RangeError when w has no entries, TypeError when it is no tensor of real numbers
 */
export function sparsity(w: tf.Tensor): tf.Scalar {
  checkTensor('sparsity', 'w', w, 'float32', 'int32', 'bool');
  checkRange(w.size > 0, 'sparsity: w must have entries', w.shape);
  return tf.tidy(() => {
    const zeros = stagedSum(tf.cast(tf.equal(w, tf.scalar(0, w.dtype)), 'int32'));
    return tf.div(tf.cast(zeros, 'float32'), tf.scalar(w.size));
  });
}
