import type { Rank } from './sort-integer.ts';

const WIDTH = 11;

/**
 * The k-th largest of unsigned integers, k from 1 to their number, by counts of 11 bits at a time among those that are left.
 *
 * @param keys - below 2^bits; their order is lost
 */
export function selectKeys(keys: Uint32Array, k: number, bits: number): Rank {
  const counts = new Uint32Array(1 << WIDTH);
  let [n, larger, shift] = [keys.length, 0, bits];
  while (shift > 0) {
    shift = Math.max(0, shift - WIDTH);
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[(keys[i]! >>> shift) & (counts.length - 1)]!++;
    let digit = counts.length - 1;
    while (larger + counts[digit]! < k) larger += counts[digit--]!;
    let left = 0;
    for (let i = 0; i < n; i++) if (((keys[i]! >>> shift) & (counts.length - 1)) === digit) keys[left++] = keys[i]!;
    n = left;
  }
  return { threshold: keys[0]!, larger };
}
