import { checkInteger, checkType } from '../check.ts';
import { packedBytesFor } from './packed-bytes.ts';

/** Codes with a sign (two's complement) or without. */
export type Codes = Uint8Array | Uint16Array | Int8Array | Int16Array;

const isSigned = (codes: Codes) => codes instanceof Int8Array || codes instanceof Int16Array;

export const isCodes = (value: unknown): value is Codes =>
  value instanceof Uint8Array ||
  value instanceof Uint16Array ||
  value instanceof Int8Array ||
  value instanceof Int16Array;

/** Whole words of four codes of 8 bits where they lie as words do, or copied to where they do. */
function wordsOf(codes: Codes): Uint32Array {
  const whole = codes.length >> 2;
  if (codes.byteOffset % 4 === 0) return new Uint32Array(codes.buffer, codes.byteOffset, whole);
  return new Uint32Array(codes.slice(0, 4 * whole).buffer);
}

/** Throws for the first code that needs more bits. */
function checkCodes(codes: Codes, bits: number): void {
  const least = isSigned(codes) ? -(2 ** (bits - 1)) : 0;
  const most = least + 2 ** bits - 1;
  let [over, i] = [0, 0];
  if (codes.BYTES_PER_ELEMENT === 1 && bits < 8) {
    // Four at once: the bits above a code's own are 0, or like the last of its own where that is a sign.
    const words = wordsOf(codes);
    const above = Math.imul((255 << bits) & 255, 0x01010101);
    if (isSigned(codes)) for (let w = 0; w < words.length; w++) over |= (words[w]! ^ (words[w]! << 1)) & above;
    else for (let w = 0; w < words.length; w++) over |= words[w]! & above;
    i = 4 * words.length;
  }
  // A code is in range exactly when nothing is left above its bits; all at once first, which is seldom not enough.
  for (; i < codes.length; i++) over |= (codes[i]! - least) >> bits;
  if (over === 0) return;
  for (i = 0; i < codes.length; i++)
    if (codes[i]! < least || codes[i]! > most)
      throw new RangeError(
        `packCodes: codes of ${bits} bits must be ${least} to ${most}, got ${codes[i]} at codes[${i}]`,
      );
}

/** The low nibbles of four bytes, side by side. */
function nibbles(word: number): number {
  const pairs = (word & 0x0f0f0f0f) | ((word & 0x0f0f0f0f) >>> 4);
  return (pairs & 0xff) | ((pairs >>> 8) & 0xff00);
}

/** Whole words of eight codes of 4 bits or sixteen of 2; the number of codes that went. */
function packEven(codes: Codes, bits: number, words: Uint32Array): number {
  const whole = Math.floor((codes.length * bits) / 32);
  let i = 0;
  if (bits === 4 && codes.BYTES_PER_ELEMENT === 1) {
    const four = wordsOf(codes);
    for (let w = 0; w < whole; w++) words[w] = nibbles(four[2 * w]!) | (nibbles(four[2 * w + 1]!) << 16);
    i = 8 * whole;
  } else if (bits === 2)
    for (let w = 0; w < whole; w++) {
      let word = 0;
      for (let shift = 0; shift < 32; shift += 8, i += 4)
        word |=
          ((codes[i]! & 3) | ((codes[i + 1]! & 3) << 2) | ((codes[i + 2]! & 3) << 4) | ((codes[i + 3]! & 3) << 6)) <<
          shift;
      words[w] = word;
    }
  return i;
}

/**
 * Codes of 1 to 16 bits one after the other, without gaps: code i lies in bits i · b to i · b + b − 1 of the bytes, the lowest
 * bit of a byte first. With 4 bits the even codes are low nibbles. Signed codes are stored in two's complement.
 *
 * @example
 * ```js
 * import { packCodes, unpackCodes } from '@weightkit/numerics';
 * const bytes = packCodes(Int8Array.of(-8, 7, -1), 4);
 * console.log(bytes.join(' ')); // -> 120 15
 * console.log(unpackCodes(bytes, { bits: 4, length: 3, signed: true }).join(' ')); // -> -8 7 -1
 * ```
 *
 * @param codes - any number, each in the range of so many bits; not changed
 * @param bits - bits of a code, 1 to 16
 * @returns new bytes, see {@link packedBytes}; the rest of the last one is 0
 * @throws TypeError for other arrays, RangeError that names the first code out of range
 */
export function packCodes(codes: Codes, bits: number): Uint8Array {
  const fn = 'packCodes';
  checkType(isCodes(codes), `${fn}: codes must be a Uint8Array, Uint16Array, Int8Array or Int16Array`, codes);
  checkInteger(fn, 'bits', bits, 1, 16);
  const bytes = packedBytesFor(fn, codes.length, bits);
  checkCodes(codes, bits);
  if (bits === 8) return new Uint8Array(codes);
  if (bits === 16) return new Uint8Array(new Uint16Array(codes).buffer);
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let i = packEven(codes, bits, words);
  // What has not filled a word yet, and how many bits of it.
  let [word, filled, w] = [0, 0, (i * bits) / 32];
  const mask = 2 ** bits - 1;
  for (; i < codes.length; i++) {
    const code = codes[i]! & mask;
    word |= code << filled;
    filled += bits;
    if (filled < 32) continue;
    words[w++] = word;
    filled -= 32;
    word = code >>> (bits - filled);
  }
  if (filled > 0) words[w] = word;
  const made = new Uint8Array(words.buffer, 0, bytes);
  return bytes % 4 === 0 ? made : made.slice();
}
