import * as tf from '@tensorflow/tfjs-core';
import { below, constantOf } from './triangle.ts';

/**
 * The first columns of a product of reflections, H₁ H₂ ⋯ Hₖ with Hⱼ = I − 2 v vᵀ / ‖v‖² and v the j-th column below its diagonal, 1 on
 * it and 0 above; each column by the sign of the diagonal, which has no gradient. Differentiable in what lies below.
 */
export function householder(x: tf.Tensor2D): tf.Tensor2D {
  const [n, k] = x.shape;
  const one = tf.slice(tf.eye(n), [0, 0], [n, k]) as tf.Tensor2D;
  const vectors = tf.add(tf.mul(x, below(n, k, false)), one) as tf.Tensor2D;
  // The gradient of a split into one part throws.
  const columns = k === 1 ? [vectors] : tf.split(vectors, k, 1);
  let q = one;
  // A list of their own: the gradient of the split has theirs.
  for (const v of [...columns].reverse()) {
    const along = tf.div(tf.matMul(v, q, true, false), tf.mul(0.5, tf.sum(tf.square(v))));
    q = tf.sub(q, tf.matMul(v, along as tf.Tensor2D)) as tf.Tensor2D;
  }
  const signs = constantOf(x, (given) => {
    const negative = tf.cast(tf.less(tf.sum(tf.mul(given, one), 0), 0), 'float32');
    return tf.sub(1, tf.mul(2, negative));
  });
  return tf.mul(q, signs);
}
