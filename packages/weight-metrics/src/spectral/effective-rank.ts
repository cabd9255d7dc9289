import type * as tf from '@tensorflow/tfjs-core';
import { effectiveRankOf } from './of-singular-values.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The effective rank exp(-Σ p ln p) with p = σ / Σσ, between 1 and min(rows, cols): the exponential of the entropy of the
 * singular values.
 *
 * Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality",
 * https://www.eurasip.org/Proceedings/Eusipco/Eusipco2007/Papers/a5p-h05.pdf
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @returns the effective rank, 0 for a matrix of zeros
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function effectiveRank(w: tf.Tensor): Promise<number> {
  return effectiveRankOf((await readSpectrum('effectiveRank', w)).values);
}
