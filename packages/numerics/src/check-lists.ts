import { checkType } from './check-rules.ts';
import { show } from './check-show.ts';

/** Whether a value is a list of numbers: a typed array but one of bigints, or an array without holes of nothing else. */
export function isNumbers(value: unknown): value is ArrayLike<number> {
  if (ArrayBuffer.isView(value))
    return !(value instanceof DataView || value instanceof BigInt64Array || value instanceof BigUint64Array);
  if (!Array.isArray(value)) return false;
  // Not `every`, which passes over holes.
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'number') return false;
  return true;
}

const SHOWN_WHOLE = 8;

/**
 * Throws a TypeError unless a value is a list of numbers (see {@link isNumbers}) and a RangeError unless all pass; a long list is
 * told by its first entry that does not.
 *
 * @param rule - `function: rule`, of the list
 * @param got - the caller's value
 * @param ok - the condition of each entry, written so that NaN fails it
 */
export function checkNumbers(rule: string, got: unknown, ok: (x: number) => boolean): asserts got is ArrayLike<number> {
  checkType(Array.isArray(got) || isNumbers(got), rule, got);
  const list = got as ArrayLike<unknown>;
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    if (typeof entry === 'number' && ok(entry)) continue;
    const shown = list.length > SHOWN_WHOLE ? `${show(entry)} at index ${i}` : show(got);
    throw new (typeof entry === 'number' ? RangeError : TypeError)(`${rule}, got ${shown}`);
  }
}

/**
 * Throws a RangeError that names the first NaN or infinite entry: `prune: weights must be finite, got NaN at dense/kernel[17]`.
 *
 * @param fn - the function's name
 * @param what - what the values are, plural (`weights`)
 * @param path - where they are from
 * @param values - the values
 */
export function checkFinite(fn: string, what: string, path: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) throw new RangeError(`${fn}: ${what} must be finite, got ${value} at ${path}[${i}]`);
  }
}
