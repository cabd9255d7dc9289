import * as tf from '@tensorflow/tfjs-core';

/** A family of weights, by a map from free numbers of the same shape. */
export interface Structure {
  /** The weight that free numbers stand for; differentiable. */
  map(x: tf.Tensor): tf.Tensor;
  /** Free numbers of the nearest weight of the family; left out where a weight itself is that, so that `map` is a projection. */
  inverse?(w: tf.Tensor): tf.Tensor;
}

/** Each matrix of the last two axes, mirrored. */
export function transposed(x: tf.Tensor): tf.Tensor {
  const last = x.rank - 1;
  return tf.transpose(
    x,
    x.shape.map((_, i) => (i < last - 1 ? i : 2 * last - 1 - i)),
  );
}
