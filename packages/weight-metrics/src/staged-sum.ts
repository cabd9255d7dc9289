import * as tf from '@tensorflow/tfjs-core';

/** The sum of all entries, first along the last axis: backends add one long run naively in float32, and drift. */
export function stagedSum(x: tf.Tensor): tf.Scalar {
  return tf.sum(x.rank > 1 ? tf.sum(x, -1) : x);
}
