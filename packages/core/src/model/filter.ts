import { globToRegExp } from '@weightkit/checkpoint';
import { checkType } from '@weightkit/numerics/check';
import { checkWeight } from './check-weight.ts';
import type { Weight } from './weight.ts';

/**
 * Which weights: a path such as `conv1/kernel`, a glob in which `*` and `?` stay inside one name and `**` crosses `/`,
 * a RegExp over the path, a predicate, or a list of these of which one must match.
 */
export type WeightFilter = string | RegExp | ((weight: Weight) => boolean) | readonly WeightFilter[];

/**
 * The predicate that a filter stands for.
 *
 * @param filter - see {@link WeightFilter}
 * @param fn - the function that asks, for the message of an error
 * @returns a function that says whether a weight passes
 * @throws TypeError when the filter is none of the allowed kinds
 */
export function matcher(filter: WeightFilter, fn = 'weightsOf'): (weight: Weight) => boolean {
  if (typeof filter === 'string') {
    const pattern = globToRegExp(filter);
    return (weight) => pattern.test(weight.path);
  }
  if (filter instanceof RegExp) {
    const pattern = new RegExp(filter);
    return (weight) => {
      // A global or sticky RegExp would go on where it stopped.
      pattern.lastIndex = 0;
      return pattern.test(weight.path);
    };
  }
  if (typeof filter === 'function')
    return (weight) => {
      const passes: unknown = filter(weight);
      checkType(!(passes instanceof Promise), `${fn}: filter must say true or false`, passes);
      return passes as boolean;
    };
  checkType(Array.isArray(filter), `${fn}: filter must be a path, glob, RegExp, function or a list of these`, filter);
  const any = Array.from(filter as readonly WeightFilter[], (one) => matcher(one, fn));
  return (weight) => any.some((matches) => matches(weight));
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
