import type * as tf from '@tensorflow/tfjs-core';
import { numericalRankOf } from './of-spectrum.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The numerical rank: how many singular values are above σ1 · max(rows, cols) · 2^-52, as `numpy.linalg.matrix_rank`.
 *
 * @example
 * console.log(await numericalRank(tf.tensor2d([[1, 2], [2, 4]]))); // -> 1
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @returns an integer, 0 for a matrix of zeros
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function numericalRank(w: tf.Tensor): Promise<number> {
  const { values, shape } = await readSpectrum('numericalRank', w);
  return numericalRankOf(values, shape);
}
