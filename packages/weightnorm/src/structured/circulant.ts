import * as tf from '@tensorflow/tfjs-core';
import { eachAtHand } from './each-at-hand.ts';
import type { Structure } from './structure.ts';

/** Means of a matrix's diagonals that go around, in their places; in float64. */
function around(x: Float32Array, n: number): Float32Array {
  const result = new Float32Array(x.length);
  for (let k = 0; k < n; k++) {
    const first = x[k]!;
    let sum = 0;
    for (let row = 0; row < n; row++) sum += x[row * n + ((row + k) % n)]! - first;
    // From the first on, so that equal numbers keep their bits.
    const mean = first + sum / n;
    for (let row = 0; row < n; row++) result[row * n + ((row + k) % n)] = mean;
  }
  return result;
}

/**
 * The same by operations. Rows are read with another stride than they were written with, which turns those diagonals into columns and
 * back: TensorFlow.js has no gradient of `gather` on every backend.
 */
function byOperations(x: tf.Tensor): tf.Tensor {
  const n = x.shape[x.rank - 1]!;
  const matrices = tf.reshape(x, [-1, n, n]);
  const count = matrices.shape[0]!;
  const twice = tf.reshape(tf.concat([matrices, matrices], 2), [count, 2 * n * n]);
  // Row i begins i later: entry k of it is at column i + k.
  const shifted = tf.reshape(
    tf.pad(twice, [
      [0, 0],
      [0, n],
    ]),
    [count, n, 2 * n + 1],
  );
  const columns = tf.slice(shifted, [0, 0, 0], [count, n, n]);
  // From the first on, so that equal numbers keep their bits.
  const first = tf.slice(columns, [0, 0, 0], [count, 1, n]);
  const means = tf.reshape(tf.add(first, tf.div(tf.sum(tf.sub(columns, first), 1, true), n)), [count, n]);
  // Rows of 2n − 1 of what repeats after n: each begins one place before the last.
  const again = tf.slice(tf.tile(means, [1, 2 * n]), [0, 0], [count, n * (2 * n - 1)]);
  const rows = tf.slice(tf.reshape(again, [count, n, 2 * n - 1]), [0, 0, 0], [count, n, n]);
  return tf.reshape(rows, x.shape);
}

/** Each row is the one above, moved by one and around: a convolution around a circle. The nearest has in each such diagonal its mean. */
export const circulant: Structure = {
  map(x) {
    if (x.size === 0) return tf.clone(x);
    // A projection is its own gradient.
    const atHand = eachAtHand(x, (m, { rows }) => ({ value: around(m, rows), gradient: (dy) => around(dy, rows) }));
    return atHand ?? byOperations(x);
  },
};
