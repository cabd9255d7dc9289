import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { fromMatrix, matrixOf } from '../norms/power-iteration.ts';
import { axesOf, type UnitOptions } from './by-norm.ts';

/**
 * The nearest weight whose units are probabilities: entries of 0 or more that add up to 1, by the Euclidean projection on the simplex
 * (Held et al. 1974; Duchi et al. 2008, https://dl.acm.org/doi/10.1145/1390156.1390191),
 *
 *     max(w − τ, 0),  τ = max over k of (the sum of the k largest entries − 1) / k
 *
 * @example
 * const w = simplex(tf.tensor2d([[1, 0.75], [0.5, -2]])); // columns are units
 * console.log((await w.data()).join(' ')); // -> 0.75 1 0.25 0
 *
 * @param w - float32, of rank 2 or more unless `axis` is null; borrowed
 * @param options - see {@link UnitOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when `w` is no such tensor, has units without entries, or has no such axis
 */
export function simplex(w: tf.Tensor, options: UnitOptions = {}): tf.Tensor {
  checkOptions('simplex', options, ['axis']);
  const axes = axesOf('simplex', w, options.axis);
  checkRange(w.size > 0, 'simplex: w must have entries', w.shape);
  return tf.tidy(() => {
    const rows = tf.transpose(matrixOf(w, axes));
    const [, entries] = rows.shape as [number, number];
    // What is 1 or more below the largest entry ends at 0, and sums stay small.
    const low = tf.maximum(tf.sub(rows, tf.max(rows, 1, true)), -1);
    const sums = tf.cumsum(tf.topk(low, entries).values, 1);
    const tau = tf.max(tf.div(tf.sub(sums, 1), tf.range(1, entries + 1)), 1, true);
    return fromMatrix(tf.transpose(tf.relu(tf.sub(low, tau))), w.shape, axes);
  });
}
