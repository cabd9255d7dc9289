import type * as tf from '@tensorflow/tfjs-core';
import { singularValues } from '@weightkit/numerics';
import { checkOptions } from '@weightkit/numerics/check';
import { matrixShape } from './matrix-shape.ts';
import { checkRandomized, type Randomized, type RandomizedOptions, randomizedOf } from './randomized-of.ts';
import { readMatrices } from './spectral-density.ts';

/**
 * Compares the singular values of a weight with those of its own entries in random order: what is above all of these does not come from
 * the size and the law of the entries but from where they stand. It needs no law of the entries, as {@link marchenkoPastur} does. The
 * orders depend on the seed alone and are the same on every device.
 *
 * Martin and Mahoney 2021, "Implicit self-regularization in deep neural networks", https://arxiv.org/abs/1810.01075; `randomize` in weightwatcher
 *
 * @example
 * const w = tf.outerProduct(tf.linspace(-1, 1, 12), tf.linspace(-1, 1, 8)); // of rank 1
 * const { above, softRank } = await randomized(w);
 * console.log(above, softRank < 0.5); // -> 1 true
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @param options - how many orders, and their seed
 * @returns how many values leave what the orders have, and how far the two spectra are apart
 * @throws RangeError and TypeError as {@link spectrum}, and for bad options
 */
export async function randomized(w: tf.Tensor, options: RandomizedOptions = {}): Promise<Randomized> {
  const fn = 'randomized';
  checkOptions(fn, options, ['samples', 'seed']);
  checkRandomized(fn, options);
  const entries = await readMatrices(fn, w);
  const shape = matrixShape(w.shape);
  return randomizedOf(entries, shape, singularValues(entries, shape), options);
}
