import { type NameFilter, nameMatcher } from '@weightkit/checkpoint';
import { checkWeight } from './check-weight.ts';
import type { Weight } from './weight.ts';

/**
 * Which weights: a path such as `conv1/kernel`, a glob in which `*` and `?` stay inside one name and `**` crosses `/`,
 * a RegExp over the path, a predicate, or a list of these of which one must match.
 */
export type WeightFilter = NameFilter<Weight>;

/**
 * The predicate that a filter stands for.
 *
 * @param filter - see {@link WeightFilter}
 * @param fn - the function that asks, for the message of an error
 * @returns a function that says whether a weight passes
 * @throws TypeError when the filter is none of the allowed kinds
 */
export function matcher(filter: WeightFilter, fn = 'weightsOf'): (weight: Weight) => boolean {
  return nameMatcher(fn, 'path', filter, ({ path }) => path);
}

const NOT_KERNELS = new Set(['bias', 'gamma', 'beta', 'alpha', 'movingMean', 'movingVariance']);

/**
 * Whether a weight is a matrix or filter bank: rank 2 or more and no bias, scale, shift or statistic. Kernels, recurrent
 * kernels, depthwise and pointwise kernels and embeddings are; this is the default filter of most model functions.
 *
 * @param weight - a weight from {@link weightsOf}
 */
export function isKernel(weight: Weight): boolean {
  checkWeight('isKernel', weight);
  return weight.shape.length >= 2 && !NOT_KERNELS.has(weight.property ?? '');
}
