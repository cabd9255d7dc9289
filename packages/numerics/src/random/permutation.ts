import { checkRange } from '../check.ts';
import { fillBits } from './fill-bits.ts';
import { checkKey, type Key } from './key.ts';
import { foldIn } from './random-key.ts';

/** One stable pass of a counting sort of the indices by an 11-bit digit of their words. */
function sortByDigit(from: Uint32Array, to: Uint32Array, words: Uint32Array, shift: number): void {
  const starts = new Uint32Array(2049);
  for (let i = 0; i < from.length; i++) starts[((words[i]! >>> shift) & 2047) + 1]!++;
  for (let d = 1; d < 2048; d++) starts[d] = starts[d]! + starts[d - 1]!;
  for (let i = 0; i < from.length; i++) {
    const index = from[i]!;
    const digit = (words[index]! >>> shift) & 2047;
    to[starts[digit]!++] = index;
  }
}

/** Puts neighbors with equal high words in the order of their low words; such runs are short. */
function orderRuns(order: Uint32Array, high: Uint32Array, low: Uint32Array): void {
  for (let i = 1; i < order.length; i++) {
    const index = order[i]!;
    let j = i;
    for (; j > 0 && high[order[j - 1]!] === high[index] && low[order[j - 1]!]! > low[index]!; j--)
      order[j] = order[j - 1]!;
    order[j] = index;
  }
}

/**
 * A random order of 0 .. n - 1: the indices sorted by random 64-bit numbers, lowest index first among equals. The high
 * word of index i is word i of the stream `foldIn(key, 0)`, the low word is word i of `foldIn(key, 1)`.
 *
 * Equal 64-bit numbers, the one source of bias, meet with probability n^2 / 2^65 (2^-25 for a million). The law is not
 * that of `jax.random.permutation`.
 *
 * @param n - 0 or more, below 2^31
 * @param key - the stream
 * @throws RangeError for a bad n
 */
export function permutation(n: number, key: Key): Uint32Array {
  checkRange(Number.isInteger(n) && n >= 0 && n < 2 ** 31, 'permutation: n must be an integer in [0, 2^31)', n);
  checkKey('permutation', key);
  const high = fillBits(new Uint32Array(n), foldIn(key, 0));
  const low = fillBits(new Uint32Array(n), foldIn(key, 1));
  let order = new Uint32Array(n);
  let next = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (const shift of [0, 11, 22]) {
    sortByDigit(order, next, high, shift);
    [order, next] = [next, order];
  }
  orderRuns(order, high, low);
  return order;
}
