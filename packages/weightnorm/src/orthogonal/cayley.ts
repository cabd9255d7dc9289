import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';
import { product } from './product.ts';

// Each step squares what is missing of I: 16 bring 1 − 2⁻¹² to less than float32 sees.
const STEPS = 16;
const REFINEMENTS = 2;

/**
 * The inverse of I − A / 2 for a skew A, by elimination in float64: no pivot is below 1, whatever A is, for xᵀ (I − A / 2) x is ‖x‖². Null where
 * values are not at hand.
 */
export function inverseAtHand(a: tf.Tensor2D): tf.Tensor2D | null {
  const values = valuesAtHand(a);
  if (!values) return null;
  const n = a.shape[0];
  const m = new Float64Array(n * n);
  for (let i = 0; i < m.length; i++) m[i] = (i % (n + 1) === 0 ? 1 : 0) - values[i]! / 2;
  for (let p = 0; p < n; p++) {
    const pivot = m[p * n + p]!;
    m[p * n + p] = 1;
    for (let col = 0; col < n; col++) m[p * n + col]! /= pivot;
    for (let row = 0; row < n; row++) {
      if (row === p) continue;
      const by = m[row * n + p]!;
      m[row * n + p] = 0;
      for (let col = 0, i = row * n, k = p * n; col < n; col++, i++, k++) m[i]! -= by * m[k]!;
    }
  }
  return tf.tensor2d(new Float32Array(m), [n, n]);
}

/** The same by Newton's iteration, of products alone. */
export function inverse(a: tf.Tensor2D): tf.Tensor2D {
  const one = tf.eye(a.shape[0]);
  const m = tf.sub(one, tf.mul(0.5, a)) as tf.Tensor2D;
  // m mᵀ is symmetric, its eigenvalues from 1 to its norm.
  const square: tf.Tensor2D = tf.matMul(m, m, false, true);
  const bound = tf.max(tf.sum(tf.abs(square), 1));
  let x = tf.mul(one, tf.div(2, tf.add(1, bound))) as tf.Tensor2D;
  const step = (of: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.sub(tf.mul(2, one), tf.matMul(of, x)));
  for (let i = 0; i < STEPS; i++) x = step(square);
  x = tf.matMul(m, x, true, false);
  // The square has the square of the condition; these have that of m.
  for (let i = 0; i < REFINEMENTS; i++) x = step(m);
  return x;
}

/** The Cayley map (I − A / 2)⁻¹ (I + A / 2) of a skew matrix; differentiable once, in closed form. */
export function cayley(a: tf.Tensor2D): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [given, save] = args as unknown as [tf.Tensor2D, (saved: tf.Tensor[]) => void];
    const inverted = inverseAtHand(given) ?? inverse(given);
    save([inverted]);
    return {
      // I + A / 2 is 2 I − (I − A / 2).
      value: tf.sub(tf.mul(2, inverted), tf.eye(given.shape[0])),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [inverted] = saved as [tf.Tensor2D];
        const back = tf.transpose(inverted) as tf.Tensor2D;
        return product(product(back, dy as tf.Tensor2D), back);
      },
    };
  });
  return op(a) as tf.Tensor2D;
}
