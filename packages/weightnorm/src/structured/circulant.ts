import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';
import type { Structure } from './structure.ts';

/** Means of matrices' diagonals that go around, in their places; in float64. */
function around(x: ArrayLike<number>, n: number): Float32Array {
  const result = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += n * n)
    for (let k = 0; k < n; k++) {
      const first = x[from + k]!;
      let sum = 0;
      for (let row = 0; row < n; row++) sum += x[from + row * n + ((row + k) % n)]! - first;
      // From the first on, so that equal numbers keep their bits.
      const mean = first + sum / n;
      for (let row = 0; row < n; row++) result[from + row * n + ((row + k) % n)] = mean;
    }
  return result;
}

/** By loops over values at hand; null where they are not. A projection is its own gradient. */
function atHand(x: tf.Tensor): tf.Tensor | null {
  const n = x.shape[x.rank - 1]!;
  const values = valuesAtHand(x);
  if (!values) return null;
  const value = around(values, n);
  const op = tf.customGrad((_given) => ({
    value: tf.tensor(value, x.shape),
    gradFunc: (dy: tf.Tensor) => tf.tensor(around(valuesAtHand(dy) ?? dy.dataSync(), n), x.shape),
  }));
  return op(x);
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
  map: (x) => (x.size === 0 ? tf.clone(x) : (atHand(x) ?? byOperations(x))),
};
