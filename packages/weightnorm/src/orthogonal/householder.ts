import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';
import { reflected, reflectedGradient } from './reflections.ts';
import { below, constantOf } from './triangle.ts';

/** The values where they are in main memory, of any number: k reflections are some thousand operations. */
const near = (x: tf.Tensor) => valuesAtHand(x, { most: x.size });

/** By loops over values at hand; null where they are not. */
function atHand(x: tf.Tensor2D): tf.Tensor2D | null {
  if (!near(x)) return null;
  const [rows, cols] = x.shape;
  /** Each column by the sign of the diagonal, in float64. */
  const signed = (values: ArrayLike<number>, of: ArrayLike<number>): Float64Array => {
    const out = new Float64Array(values);
    for (let col = 0; col < cols; col++)
      if (of[col * cols + col]! < 0) for (let i = col; i < out.length; i += cols) out[i] = -out[i]!;
    return out;
  };
  const op = tf.customGrad((...args) => {
    const [given, save] = args as unknown as [tf.Tensor2D, (saved: tf.Tensor[]) => void];
    save([given]);
    const values = near(given)!;
    const q = reflected({ values, rows, cols });
    return {
      value: tf.tensor2d(new Float32Array(signed(q, values)), [rows, cols]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const values = near(saved[0]!)!;
        const d = signed(near(dy) ?? dy.dataSync(), values);
        return tf.tensor2d(reflectedGradient({ values, rows, cols }, q.slice(), d), [rows, cols]);
      },
    };
  });
  return op(x) as tf.Tensor2D;
}

/**
 * The first columns of a product of reflections, H₁ H₂ ⋯ Hₖ with Hⱼ = I − 2 v vᵀ / ‖v‖² and v the j-th column below its diagonal, 1 on
 * it and 0 above; each column by the sign of the diagonal, which has no gradient. Differentiable in what lies below.
 */
export function householder(x: tf.Tensor2D): tf.Tensor2D {
  return atHand(x) ?? byOperations(x);
}

/** The same where values are not at hand. */
export function byOperations(x: tf.Tensor2D): tf.Tensor2D {
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
