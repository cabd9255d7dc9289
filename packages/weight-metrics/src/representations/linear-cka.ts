import type * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkBoolean, checkFinite, checkOptions, checkRange } from '@weightkit/numerics/check';
import { biasedHsic, type Gram, gramOf, unbiasedHsic } from './hsic.ts';

/** Options of {@link linearCka}. */
export interface LinearCkaOptions {
  /**
   * Whether to take the estimate without bias, which is 0 on average for what has nothing in common, and may be negative. The plain one
   * grows with the number of features over the number of examples.
   * @defaultValue true
   */
  debiased?: boolean;
}

/** CKA of sums of criteria; null where one of the two has none with itself. */
export function ckaOf(between: number, first: number, second: number): number | null {
  if (!(first > 0 && second > 0)) return null;
  return between / (Math.sqrt(first) * Math.sqrt(second));
}

async function read(fn: string, name: string, x: tf.Tensor): Promise<Gram> {
  const values = Float32Array.from((await x.data()) as Float32Array | Int32Array | Uint8Array);
  checkFinite(fn, 'entries', name, values);
  const count = x.shape[0]!;
  const gram = gramOf(values, count)!;
  checkRange(
    gram.products.some((value) => value !== 0),
    `${fn}: ${name} must differ between examples`,
    x.shape,
  );
  return gram;
}

function checkActivations(fn: string, name: string, x: tf.Tensor, least: number): void {
  checkTensor(fn, name, x, 'float32', 'int32', 'bool');
  const rule = `${fn}: ${name} must have rank 2 or more, ${least} examples or more and features`;
  checkRange(x.rank >= 2 && x.shape[0]! >= least && x.size > 0, rule, x.shape);
}

/**
 * How alike two representations of the same examples are: linear centered kernel alignment, from 0 to 1,
 * `CKA(X, Y) = HSIC(K, L) / √(HSIC(K, K) HSIC(L, L))` with K = X Xᵀ, L = Y Yᵀ. It does not change when features are rotated, mirrored,
 * put in another order, shifted, or all scaled; the two may have different numbers of features.
 *
 * The time grows as examples² · features.
 *
 * Kornblith, Norouzi, Lee and Hinton 2019, "Similarity of neural network representations revisited", https://arxiv.org/abs/1905.00414;
 * without bias Nguyen, Raghu and Kornblith 2021, https://arxiv.org/abs/2010.15327, with the criterion of Song et al. 2012
 *
 * @example
 * const a = tf.randomNormal([50, 8], 0, 1, 'float32', 1);
 * const b = tf.mul(tf.reverse(a, 1), 3); // the same in another order and size
 * const c = tf.randomNormal([50, 8], 0, 1, 'float32', 2); // something else
 * console.log((await linearCka(a, b)).toFixed(3), (await linearCka(a, c)) < 0.2); // -> 1.000 true
 *
 * @param x - activations `[examples, ...features]`, of four examples or more, of two without debiasing; borrowed
 * @param y - activations of the same examples in the same order; borrowed
 * @param options - with or without bias
 * @returns the alignment
 * @throws RangeError for another shape, different numbers of examples, an entry that is not finite (by index), or the same features for all
 * examples; TypeError for no tensor of real numbers
 */
export async function linearCka(x: tf.Tensor, y: tf.Tensor, options: LinearCkaOptions = {}): Promise<number> {
  const fn = 'linearCka';
  checkOptions(fn, options, ['debiased']);
  const { debiased = true } = options;
  checkBoolean(fn, 'debiased', debiased);
  for (const [name, tensor] of [
    ['x', x],
    ['y', y],
  ] as const)
    checkActivations(fn, name, tensor, debiased ? 4 : 2);
  checkRange(x.shape[0] === y.shape[0], `${fn}: y must have ${x.shape[0]} examples`, y.shape);
  const k = await read(fn, 'x', x);
  const l = await read(fn, 'y', y);
  const hsic = debiased ? unbiasedHsic : biasedHsic;
  const found = ckaOf(hsic(k, l), hsic(k, k), hsic(l, l));
  checkRange(found !== null, `${fn}: examples must differ enough for an estimate without bias`, [x.shape, y.shape]);
  return found;
}
