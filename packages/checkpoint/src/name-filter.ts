import { checkType } from '@weightkit/numerics/check';
import type { CheckpointTensor } from './checkpoint.ts';

/**
 * A glob over names with slashes as a RegExp: `*` and `?` stay inside one part, `**` crosses `/`.
 *
 * @param glob - the pattern; every other character stands for itself
 */
export function globToRegExp(glob: string): RegExp {
  // `**` with a slash is any number of parts, `**` alone anything, `*` anything but a slash, `?` one character but a slash.
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 'su');
}

/** Which tensors: a name, a glob, a RegExp over the name, a predicate, or a list of these of which one must match. */
export type TensorFilter = string | RegExp | ((tensor: CheckpointTensor) => boolean) | readonly TensorFilter[];

/**
 * The predicate that a filter stands for.
 *
 * @param fn - the function that asks, for the message of an error
 * @param filter - see {@link TensorFilter}
 * @throws TypeError when the filter is none of the allowed kinds
 */
export function tensorMatcher(fn: string, filter: TensorFilter): (tensor: CheckpointTensor) => boolean {
  if (typeof filter === 'function') return filter;
  if (Array.isArray(filter)) {
    const any = filter.map((one) => tensorMatcher(fn, one as TensorFilter));
    return (tensor) => any.some((matches) => matches(tensor));
  }
  checkType(
    typeof filter === 'string' || filter instanceof RegExp,
    `${fn}: filter must be a name, glob, RegExp, function or a list of these`,
    filter,
  );
  // A global or sticky RegExp would go on where it stopped.
  const pattern =
    typeof filter === 'string' ? globToRegExp(filter) : new RegExp(filter, filter.flags.replace(/[gy]/g, ''));
  return ({ name }) => pattern.test(name);
}
