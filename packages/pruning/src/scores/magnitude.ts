import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';

/**
 * Scores each entry by its magnitude |w|, the L1 criterion: the smallest weights go first.
 *
 * Han, Pool, Tran and Dally 2015, https://arxiv.org/abs/1506.02626
 *
 * @param w - the weight; borrowed
 * @returns |w|, of w's shape
 */
export function magnitude(w: tf.Tensor): tf.Tensor {
  checkTensor('magnitude', 'w', w, 'float32', 'int32');
  return tf.abs(w);
}
