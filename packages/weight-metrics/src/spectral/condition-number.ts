import type * as tf from '@tensorflow/tfjs-core';
import { conditionNumberOf } from './of-singular-values.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The condition number σ1 / σmin in the 2-norm: how much the weight can magnify a relative error. A matrix counts as
 * singular, with condition number Infinity, when σmin ≤ σ1 · max(rows, cols) · 2^-52, which is where `numpy.linalg.matrix_rank`
 * puts the border; a matrix of zeros is singular too. Never NaN.
 *
 * @example
 * const w = tf.tensor2d([[3, 0], [0, -4]]);
 * console.log(await conditionNumber(w)); // -> 1.3333333333333333
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @returns 1 or more
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function conditionNumber(w: tf.Tensor): Promise<number> {
  const { values, shape } = await readSpectrum('conditionNumber', w);
  return conditionNumberOf(values, shape);
}
