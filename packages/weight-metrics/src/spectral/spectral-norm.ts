import type * as tf from '@tensorflow/tfjs-core';
import { spectralNormOf } from './of-singular-values.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The spectral norm σ1: the most that multiplying by the weight can stretch a vector. A weight of rank 3 or more is read as
 * in {@link spectrum}; for a convolution that is the norm of the reshaped kernel, not of the convolution.
 *
 * @param w - rank 2 or more, borrowed
 * @returns σ1, 0 for a matrix of zeros
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function spectralNorm(w: tf.Tensor): Promise<number> {
  return spectralNormOf((await readSpectrum('spectralNorm', w)).values);
}
