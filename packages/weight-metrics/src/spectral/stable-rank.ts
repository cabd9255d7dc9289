import type * as tf from '@tensorflow/tfjs-core';
import { stableRankOf } from './of-singular-values.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The stable rank ‖W‖F² / σ1², between 1 and the rank: how many directions share the size of the weight.
 *
 * Rudelson and Vershynin 2007, https://doi.org/10.1145/1255443.1255449
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @returns the stable rank, 0 for a matrix of zeros
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function stableRank(w: tf.Tensor): Promise<number> {
  return stableRankOf((await readSpectrum('stableRank', w)).values);
}
