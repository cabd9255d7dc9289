import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';
import { product } from './product.ts';
import { constantOf } from './triangle.ts';

// The Taylor sum up to the 12th power leaves 1 / 13! of a matrix of norm 1, which float32 does not see.
const DEGREE = 12;
const BLOCK = 4;
const MOST_SQUARINGS = 12;
const THRESHOLDS = Array.from({ length: MOST_SQUARINGS }, (_, i) => 2 ** i);

const factorials = Array.from({ length: DEGREE + 1 }).map((_, i) =>
  Array.from({ length: i }).reduce<number>((f, _one, j) => f * (j + 1), 1),
);

/** Σ Bⁱ / i! for i up to 12, with 5 products (Paterson and Stockmeyer 1973). */
function taylor(b: tf.Tensor2D): tf.Tensor2D {
  const one = tf.eye(b.shape[0]);
  const powers = [one, b];
  while (powers.length <= BLOCK) powers.push(product(powers.at(-1)!, b));
  const block = (from: number): tf.Tensor2D =>
    tf.addN(powers.slice(0, BLOCK).map((power, i) => tf.div(power, factorials[from + i]!))) as tf.Tensor2D;
  const top = tf.add(block(DEGREE - BLOCK), tf.div(powers[BLOCK]!, factorials[DEGREE]!)) as tf.Tensor2D;
  let sum = top;
  for (let from = DEGREE - 2 * BLOCK; from >= 0; from -= BLOCK)
    sum = tf.add(block(from), product(powers[BLOCK]!, sum)) as tf.Tensor2D;
  return sum;
}

/** The largest sum of magnitudes in a row, by values in main memory. */
function normAtHand(values: ArrayLike<number>, size: number): number {
  let norm = 0;
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let col = 0; col < size; col++) sum += Math.abs(values[row * size + col]!);
    norm = Math.max(norm, sum);
  }
  return norm;
}

/** Whether the norm is above 2ⁱ, as 1 or 0: what is halved, and squared afterwards. */
function halvings(a: tf.Tensor2D): tf.Tensor[] {
  const values = valuesAtHand(a);
  if (values) {
    const norm = normAtHand(values, a.shape[0]);
    const count = norm > 1 && norm < Number.POSITIVE_INFINITY ? Math.ceil(Math.log2(norm)) : 0;
    return Array.from({ length: Math.min(count, MOST_SQUARINGS) }, () => tf.scalar(1));
  }
  const all = constantOf(a, (given) => {
    const norm = tf.max(tf.sum(tf.abs(given), 1));
    return tf.cast(tf.greater(norm, tf.tensor1d(THRESHOLDS)), 'float32');
  });
  return tf.unstack(all);
}

/** exp(A) of a square matrix, by scaling and squaring; differentiable. Right for row sums of magnitudes up to 4096. */
export function matrixExp(a: tf.Tensor2D): tf.Tensor2D {
  const halved = halvings(a);
  let b = a;
  for (const is of halved) b = tf.mul(b, tf.sub(1, tf.mul(0.5, is)));
  let e = taylor(b);
  for (const is of halved) e = tf.add(tf.mul(is, product(e, e)), tf.mul(tf.sub(1, is), e)) as tf.Tensor2D;
  return e;
}
