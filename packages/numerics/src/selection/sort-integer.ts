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
