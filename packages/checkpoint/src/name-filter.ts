import { checkType } from '@weightkit/numerics/check';
import type { CheckpointTensor } from './checkpoint.ts';

/**
 * A glob over names with slashes as a RegExp: `*` and `?` stay inside one part, `**` crosses `/`.
 *
 * @param glob - the pattern; every other character stands for itself
 * @throws TypeError unless the pattern is a string
 */
export function globToRegExp(glob: string): RegExp {
  checkType(typeof glob === 'string', 'globToRegExp: glob must be a string', glob);
  // `**` with a slash is any number of parts, `**` alone anything, `*` anything but a slash, `?` one character but a slash.
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 'su');
}

/** Which of some named things: a name, a glob, a RegExp over the name, a predicate, or a list of these of which one must match. */
export type NameFilter<T> = string | RegExp | ((thing: T) => boolean) | readonly NameFilter<T>[];

/** Which tensors: a name, a glob, a RegExp over the name, a predicate, or a list of these of which one must match. */
export type TensorFilter = NameFilter<CheckpointTensor>;

/**
 * The predicate that a filter of named things stands for.
 *
 * @param fn - the function that asks, for the message of an error
 * @param what - what the name is called there: `name`, `path`
 * @param filter - see {@link NameFilter}
 * @param nameOf - what patterns are matched with
 * @throws TypeError when the filter is none of the allowed kinds; later, when a predicate gives anything but true or false
 */
export function nameMatcher<T>(
  fn: string,
  what: string,
  filter: NameFilter<T>,
  nameOf: (thing: T) => string,
): (thing: T) => boolean {
  if (typeof filter === 'function')
    return (thing) => {
      const passes: unknown = filter(thing);
      checkType(typeof passes === 'boolean', `${fn}: filter must return true or false`, passes);
      return passes as boolean;
    };
  if (Array.isArray(filter)) {
    // Not `map`, which passes over holes.
    const any = Array.from(filter as readonly NameFilter<T>[], (one) => nameMatcher(fn, what, one, nameOf));
    return (thing) => any.some((matches) => matches(thing));
  }
  checkType(
    typeof filter === 'string' || filter instanceof RegExp,
    `${fn}: filter must be a ${what}, glob, RegExp, function or a list of these`,
    filter,
  );
  const pattern = typeof filter === 'string' ? globToRegExp(filter) : new RegExp(filter);
  return (thing) => {
    // A global or sticky RegExp would go on where it stopped.
    pattern.lastIndex = 0;
    return pattern.test(nameOf(thing));
  };
}

/**
 * The predicate that a filter of tensors stands for.
 *
 * @param fn - the function that asks, for the message of an error
 * @param filter - see {@link TensorFilter}
 * @throws TypeError when the filter is none of the allowed kinds; later, when a predicate gives anything but true or false
 */
export function tensorMatcher(fn: string, filter: TensorFilter): (tensor: CheckpointTensor) => boolean {
  return nameMatcher(fn, 'name', filter, ({ name }) => name);
}
