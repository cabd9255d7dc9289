/**
 * How float32 words become integers that sort as the numbers do: `magnitude` drops the sign, `signed` flips the
 * words so that they order as unsigned integers, with -0 equal to 0.
 */
export type Order = 'magnitude' | 'signed';

/** The unsigned integer that a float32's word sorts by. */
export function sortable(word: number, order: Order): number {
  if (order === 'magnitude') return word & 0x7fffffff;
  if (word >>> 0 === 0x80000000) return 0x80000000;
  return word & 0x80000000 ? ~word >>> 0 : (word | 0x80000000) >>> 0;
}

/** The words of a Float32Array, without a copy. */
export const wordsOf = (x: Float32Array) => new Uint32Array(x.buffer, x.byteOffset, x.length);

/** Where the k-th largest lies: its sort integer, and how many entries are larger. */
export interface Rank {
  threshold: number;
  larger: number;
}

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
