import type * as tf from '@tensorflow/tfjs-core';
import { participationRatioOf } from './of-spectrum.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The participation ratio (Σλ)² / Σλ² with λ = σ², between 1 and the rank: over how many directions the squared norm is spread.
 *
 * Gao et al. 2017, "A theory of multineuronal dimensionality, dynamics and measurement", https://doi.org/10.1101/214262
 *
 * @example
 * console.log(await participationRatio(tf.eye(3))); // -> 3
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @returns the ratio, 0 for a matrix of zeros
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function participationRatio(w: tf.Tensor): Promise<number> {
  return participationRatioOf((await readSpectrum('participationRatio', w)).values);
}
