import { checkType } from '../check.ts';

/** A key of a random stream: two unsigned 32-bit integers. */
export type Key = readonly [number, number];

/** Throws unless the value is a pair of unsigned 32-bit integers. */
export function checkKey(fn: string, key: Key): void {
  const ok =
    Array.isArray(key) && key.length === 2 && key.every((word) => Number.isInteger(word) && word >>> 0 === word);
  checkType(ok, `${fn}: key must be a pair of unsigned 32-bit integers (see randomKey)`, key);
}
