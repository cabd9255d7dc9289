import { type Order, type Rank, sortable } from './sort-integer.ts';

/** The k-th largest sort integer by three counting passes of 11, 11 and 10 bits; the reference that the kernel equals. */
export function selectReference(words: Uint32Array, k: number, order: Order): Rank {
  let threshold = 0;
  let larger = 0;
  let known = 0;
  for (const [shift, width] of [
    [21, 11],
    [10, 11],
    [0, 10],
  ] as const) {
    const counts = new Uint32Array(1 << width);
    for (let i = 0; i < words.length; i++) {
      const value = sortable(words[i]!, order);
      if (known === 0 || value >>> (32 - known) === threshold >>> (32 - known))
        counts[(value >>> shift) & (counts.length - 1)]!++;
    }
    let digit = counts.length - 1;
    while (larger + counts[digit]! < k) larger += counts[digit--]!;
    threshold = (threshold | (digit << shift)) >>> 0;
    known += width;
  }
  return { threshold, larger };
}
