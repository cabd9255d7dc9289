import type * as tf from '@tensorflow/tfjs-core';
import { nuclearNormOf } from './of-spectrum.ts';
import { readSpectrum } from './spectrum.ts';

/**
 * The nuclear norm Σσ, the sum of the singular values: the convex measure of rank.
 *
 * @example
 * console.log(await nuclearNorm(tf.tensor2d([[3, 0], [0, -4]]))); // -> 7
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @returns Σσ, 0 for a matrix of zeros
 * @throws RangeError and TypeError as {@link spectrum}
 */
export async function nuclearNorm(w: tf.Tensor): Promise<number> {
  return nuclearNormOf((await readSpectrum('nuclearNorm', w)).values);
}
