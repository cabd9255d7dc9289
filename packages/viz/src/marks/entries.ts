import { checkType } from '@weightkit/numerics/check';
import { checkEntries } from './options.ts';
import { readValue, type Value } from './values.ts';

/** How a chart reads one of many things. */
export interface Entry<T> {
  /** Reads a value of it. */
  readonly value: (key: keyof T & string) => Value;
  /** Where it is, `rows[7]`, or something of it, `rows[7].name`: put together for what is wrong alone, as there may be a million. */
  readonly where: (key?: string) => string;
}

/**
 * Goes through a list of things that may have a name. Of a million, what is kept goes into lists of names and of numbers: an object for
 * each takes longer to collect than to draw.
 *
 * @param fn - the chart, for its errors
 * @param list - what the list is called
 * @param all - the list
 * @param visit - reads one
 * @param named - whether each must have a name
 */
export function eachEntry<T>(
  fn: string,
  list: string,
  all: readonly T[],
  visit: (one: T, entry: Entry<T>, i: number) => void,
  named = false,
): void {
  let i = 0;
  const where = (key?: string) => `${list}[${i}]${key === undefined ? '' : `.${key}`}`;
  const value = (key: keyof T & string) => {
    const raw: unknown = all[i]![key];
    return typeof raw === 'number' ? raw : readValue(fn, where(key), raw);
  };
  const entry = { value, where };
  for (; i < all.length; i++) {
    const one = all[i] as { name?: unknown } | null | undefined;
    if (!named && (typeof one !== 'object' || one === null))
      checkType(false, `${fn}: ${where()} must be an object`, one);
    const name = one?.name;
    if (typeof name !== 'string' && (named || name !== undefined))
      checkType(false, `${fn}: ${where('name')} must be a string`, name);
    visit(all[i]!, entry, i);
  }
}

/** Makes what is kept of each of a list of things that may have a name. */
export function readEntries<T, R>(
  fn: string,
  list: string,
  all: readonly T[],
  read: (one: T, entry: Entry<T>, i: number) => R,
  named = false,
): R[] {
  const found = new Array<R>(all.length);
  const visit = (one: T, entry: Entry<T>, i: number) => {
    found[i] = read(one, entry, i);
  };
  eachEntry(fn, list, all, visit, named);
  return found;
}

/** Reads a list of one or more things that each have a name, as {@link readEntries} does. */
export function readNamed<T, R>(
  fn: string,
  list: string,
  all: readonly T[],
  read: (one: T, entry: Entry<T>, i: number) => R,
): R[] {
  checkEntries(fn, list, all);
  return readEntries(fn, list, all, read, true);
}
