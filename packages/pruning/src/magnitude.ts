import * as tf from '@tensorflow/tfjs-core';

/**
 * Scores each entry by its magnitude |w|, the L1 criterion: the smallest weights go first.
 *
 * Han, Pool, Tran and Dally 2015, https://arxiv.org/abs/1506.02626
 *
 * @param w - the weight; borrowed
 * @returns |w|, of w's shape
 */
export const magnitude = (w: tf.Tensor): tf.Tensor => tf.abs(w);
