import { checkInteger, checkRange } from '../check.ts';

/** What fits in one typed array on every engine that we know of. */
const MOST_BYTES = 2 ** 32 - 4;

/** {@link packedBytes} for a function that has its own name. */
export function packedBytesFor(fn: string, count: number, bits: number): number {
  checkInteger(fn, 'bits', bits, 1, 16);
  checkInteger(fn, 'length', count);
  // Two factors: count times bits may need more than 53 bits.
  const bytes = Math.floor(count / 8) * bits + Math.ceil(((count % 8) * bits) / 8);
  checkRange(bytes <= MOST_BYTES && count * 2 <= MOST_BYTES, `${fn}: length must fit in one array`, count);
  return bytes;
}

/**
 * How many bytes {@link packCodes} fills: count codes of so many bits, one after the other, the last byte filled up with zeros.
 *
 * @example
 * ```js
 * import { packedBytes } from '@weightkit/numerics';
 * console.log(packedBytes(5, 3)); // -> 2
 * ```
 *
 * @param length - how many codes
 * @param bits - bits of a code, 1 to 16
 * @returns ceil(length · bits / 8)
 * @throws TypeError or RangeError for anything but whole numbers in range, and for more than one typed array can hold
 */
export function packedBytes(length: number, bits: number): number {
  return packedBytesFor('packedBytes', length, bits);
}
