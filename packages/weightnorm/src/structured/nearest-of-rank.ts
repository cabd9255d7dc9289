import * as tf from '@tensorflow/tfjs-core';
import { randomUnit } from '../norms/power-iteration.ts';

/** A product of two factors, `[n, rows, rank]` and `[n, rank, cols]`. */
export interface Factored {
  left: tf.Tensor;
  right: tf.Tensor;
}

// What is less than this of a column once those before it are taken out is rounding.
const ROUNDING = 2 ** -18;

// Of each side; they leave (σ of the rank + 1 / σ of the rank) to the power of twice as many.
const STEPS = 10;

/** Columns of `[n, rows, rank]` of length 1 at right angles to each other, 0 where they depend on those before: Gram-Schmidt, twice. */
function orthonormal(x: tf.Tensor): tf.Tensor {
  const rank = x.shape[2]!;
  const columns: tf.Tensor[] = [];
  for (let j = 0; j < rank; j++) {
    const given = tf.slice(x, [0, 0, j], [-1, -1, 1]);
    const lengthOf = (y: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(y), 1, true));
    const largest = tf.max(tf.abs(given), 1, true);
    // Over the largest, so that no square under- or overflows.
    let rest = tf.divNoNan(given, tf.mul(largest, tf.onesLike(given)));
    const whole = lengthOf(rest);
    if (j > 0) {
      const before = tf.concat(columns, 2);
      for (let pass = 0; pass < 2; pass++) rest = tf.sub(rest, tf.matMul(before, tf.matMul(before, rest, true, false)));
    }
    const length = lengthOf(rest);
    const alive = tf.cast(tf.greater(length, tf.mul(whole, ROUNDING)), 'float32');
    columns.push(tf.mul(tf.divNoNan(rest, tf.mul(length, tf.onesLike(rest))), alive));
  }
  return tf.concat(columns, 2);
}

/**
 * Factors of the nearest matrices of a rank, each the product of columns and rows of equal lengths: a matrix of that rank or less to
 * rounding, another one as near as ten steps of the subspace iteration on each side come (Halko et al. 2011,
 * https://arxiv.org/abs/0909.4061). Where the rank is more than the matrix has, columns are without a pattern and rows 0, so that they train.
 *
 * @param w - `[n, rows, cols]`
 */
export function nearestOfRank(w: tf.Tensor, rank: number): Factored {
  const [n, rows, cols] = w.shape as [number, number, number];
  const start = tf.tile(tf.tensor3d(randomUnit(cols * rank, 0, 'rank'), [1, cols, rank]), [n, 1, 1]);
  let basis = orthonormal(tf.matMul(w, start));
  for (let i = 0; i < STEPS; i++) basis = orthonormal(tf.matMul(w, orthonormal(tf.matMul(w, basis, true, false))));
  const right = tf.matMul(basis, w, true, false);
  const root = tf.sqrt(tf.sqrt(tf.sum(tf.square(right), 2, true)));
  const dead = tf.cast(tf.equal(tf.sum(tf.square(basis), 1, true), 0), 'float32');
  const pattern = tf.tile(tf.tensor3d(randomUnit(rows * rank, 1, 'rank'), [1, rows, rank]), [n, 1, 1]);
  const scale = tf.transpose(root, [0, 2, 1]);
  // Of a row of zeros the column keeps its length.
  const lengths = tf.add(scale, tf.cast(tf.equal(scale, 0), 'float32'));
  return {
    left: tf.add(tf.mul(basis, lengths), tf.mul(pattern, dead)),
    right: tf.divNoNan(right, tf.mul(root, tf.onesLike(right))),
  };
}
