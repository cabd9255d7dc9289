import type * as tf from '@tensorflow/tfjs-core';
import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { eigenvaluesOf } from './eigenvalues.ts';
import { type HeavyTail, heavyTailOf } from './heavy-tail-of.ts';
import { checkBootstrap, type PowerLawOptions } from './power-law.ts';
import { readMatrices } from './spectral-density.ts';

/**
 * The power law of a weight's eigenvalues and what weightwatcher computes from it: the exponent alpha with an interval and a p-value,
 * alpha-hat, log norms. weightwatcher takes alpha from 2 to 6 for a layer that is well trained; the interval says whether the layer is
 * large enough to tell, and the p-value whether there is a power law at all.
 *
 * Eigenvalues as {@link spectralDensity} has them; those that are 0 up to rounding have no part. weightwatcher leaves out what is below
 * 1e-5, whatever the unit of the weights.
 *
 * Martin, Peng and Mahoney 2021, "Predicting trends in the quality of state-of-the-art neural networks without access to training or
 * testing data", https://arxiv.org/abs/2002.06716; the law as {@link powerLaw}
 *
 * @example
 * const w = tf.diag(tf.tensor1d([1, 1.1, 1.2, 1.4, 1.7, 2.2, 3, 5]));
 * const { alpha, tail, interval } = await heavyTail(w, { replicates: 100 });
 * console.log(alpha.toFixed(2), tail, interval[0] < alpha); // -> 1.86 8 true
 *
 * @param w - rank 2 or more, borrowed
 * @param options - as of {@link powerLaw}
 * @returns the law and what follows from it
 * @throws RangeError and TypeError as {@link spectrum}, for bad options, and for fewer than two different eigenvalues above 0
 */
export async function heavyTail(w: tf.Tensor, options: PowerLawOptions = {}): Promise<HeavyTail> {
  const fn = 'heavyTail';
  checkOptions(fn, options, ['xmin', 'replicates', 'confidence', 'seed']);
  checkBootstrap(fn, options);
  const { xmin } = options;
  if (xmin !== undefined)
    checkNumber(`${fn}: xmin must be finite and above 0`, xmin, (x) => x > 0 && x < Number.POSITIVE_INFINITY);
  const found = heavyTailOf(eigenvaluesOf(await readMatrices(fn, w), w.shape), w.shape, options);
  checkRange(found !== null, `${fn}: w must have two different eigenvalues above ${xmin ?? 0}`, w.shape);
  return found;
}
