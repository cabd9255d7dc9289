import { checkBoolean, checkOptions, checkPlainObject, checkRange, checkType } from '../check.ts';
import type { Codes } from './pack-codes.ts';
import { packedBytesFor } from './packed-bytes.ts';

/** What {@link unpackCodes} must know of the codes. */
export interface PackedLayout {
  /** Bits of a code, 1 to 16. */
  bits: number;
  /** How many codes there are. */
  length: number;
  /**
   * Whether the codes are in two's complement.
   * @defaultValue false
   */
  signed?: boolean | undefined;
}

function arrayFor(length: number, bits: number, signed: boolean): Codes {
  if (bits <= 8) return signed ? new Int8Array(length) : new Uint8Array(length);
  return signed ? new Int16Array(length) : new Uint16Array(length);
}

/** Words must begin at a multiple of 4, and end behind the last code: bytes that do not are copied. */
function wordsIn(bytes: Uint8Array): Uint32Array {
  const count = Math.ceil(bytes.length / 4);
  if ((bytes.length | bytes.byteOffset) % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  const room = new Uint8Array(4 * count);
  room.set(bytes);
  return new Uint32Array(room.buffer);
}

/** Four nibbles as the low halves of four bytes, their signs carried up where they have one. */
function spread(pairs: number, signed: boolean): number {
  const far = (pairs & 0xff) | ((pairs & 0xff00) << 8);
  const bytes = (far & 0x000f000f) | ((far & 0x00f000f0) << 4);
  return signed ? bytes | Math.imul(bytes & 0x08080808, 0x1e) : bytes;
}

/** Whole words of codes of 4 bits; the number of codes read. */
function unpackNibbles(words: Uint32Array, signed: boolean, out: Codes): number {
  const four = new Uint32Array(out.buffer, 0, out.length >> 2);
  const whole = out.length >> 3;
  for (let w = 0; w < whole; w++) {
    four[2 * w] = spread(words[w]! & 0xffff, signed);
    four[2 * w + 1] = spread(words[w]! >>> 16, signed);
  }
  return 8 * whole;
}

/** Whole words of codes that divide 32; lift moves the sign to bit 31 and back. The number of codes read. */
function unpackEven(words: Uint32Array, bits: number, lift: number, signed: boolean, out: Codes): number {
  const mask = 2 ** bits - 1;
  const whole = Math.floor((out.length * bits) / 32);
  let i = 0;
  for (let w = 0; w < whole; w++) {
    const word = words[w]!;
    if (signed) for (let shift = 0; shift < 32; shift += bits) out[i++] = ((word >>> shift) << lift) >> lift;
    else for (let shift = 0; shift < 32; shift += bits) out[i++] = (word >>> shift) & mask;
  }
  return i;
}

/**
 * The codes that {@link packCodes} packed.
 *
 * @example
 * ```js
 * import { unpackCodes } from '@weightkit/numerics';
 * console.log(unpackCodes(Uint8Array.of(0b1101_0001), { bits: 2, length: 4 }).join(' ')); // -> 1 0 1 3
 * ```
 *
 * @param bytes - of the length that `packedBytes` says; the rest of the last byte is not looked at
 * @param layout - see {@link PackedLayout}
 * @returns new codes: 8 bits an entry up to 8 bits, else 16
 * @throws TypeError or RangeError for other arrays, bytes of another length, bits or lengths out of range
 */
export function unpackCodes(bytes: Uint8Array, layout: PackedLayout): Codes {
  const fn = 'unpackCodes';
  checkType(bytes instanceof Uint8Array, `${fn}: bytes must be a Uint8Array`, bytes);
  checkPlainObject(`${fn}: layout must be a plain object`, layout);
  checkOptions(fn, layout, ['bits', 'length', 'signed'], 'layout');
  const { bits, length, signed = false } = layout;
  checkBoolean(fn, 'signed', signed);
  const wanted = packedBytesFor(fn, length, bits);
  checkRange(
    bytes.length === wanted,
    `${fn}: bytes of ${length} codes of ${bits} bits must have length ${wanted}`,
    bytes.length,
  );
  const out = arrayFor(length, bits, signed);
  if (bits === 8) {
    (out as Uint8Array).set(signed ? new Int8Array(bytes.buffer, bytes.byteOffset, length) : bytes);
    return out;
  }
  const words = wordsIn(bytes);
  const lift = 32 - bits;
  let i = 0;
  if (bits === 4) i = unpackNibbles(words, signed, out);
  else if (32 % bits === 0) i = unpackEven(words, bits, lift, signed, out);
  let [w, at] = [(i * bits) / 32, 0];
  for (; i < length; i++) {
    let code = words[w]! >>> at;
    at += bits;
    if (at >= 32) {
      at -= 32;
      w++;
      if (at > 0) code |= words[w]! << (bits - at);
    }
    out[i] = signed ? (code << lift) >> lift : (code << lift) >>> lift;
  }
  return out;
}
