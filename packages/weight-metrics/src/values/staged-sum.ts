import * as tf from '@tensorflow/tfjs-core';

/** The sum of all entries, first along the last axis: backends add one long run naively in float32, and drift. */
export function stagedSum(x: tf.Tensor): tf.Scalar {
  // The wasm backend leaves the sum of no entries uninitialized.
  if (x.size === 0) return tf.scalar(0, x.dtype);
  return tf.sum(x.rank > 1 ? tf.sum(x, -1) : x);
}
