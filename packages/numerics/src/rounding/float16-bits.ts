import { checkOptions, checkRange, checkType } from '../check.ts';
import { pieceRoom, placeFor, readRoom } from '../wasm/piece-kernels.ts';

/** Options of {@link float16Bits}. */
export interface Float16BitsOptions {
  /**
   * Where the bits go: of the length of the values.
   * @defaultValue a new array
   */
  out?: Uint16Array | undefined;
}

/** Rounds the bits of a float32 to those of a float16, halves to even. */
function narrow(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520, halfway between the largest float16 and what would follow, and all above.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // From 2^-14 on: move the exponent's bias from 127 to 15 and drop 13 bits; a carry goes up into the exponent as it should.
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // Up to 2^-25, half of the smallest float16.
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift);
}

/**
 * The nearest float16 values as bits, by IEEE 754: halves to even, gradual underflow below 2⁻¹⁴, infinity from 65520 on, NaN
 * as 0x7e00, signs kept.
 *
 * @param values - float32 values
 * @param options - see {@link Float16BitsOptions}
 * @returns one pattern of 16 bits for a value
 * @throws TypeError unless values is a Float32Array and `out` a Uint16Array, RangeError for an `out` of another length
 */
export function float16Bits(values: Float32Array, options: Float16BitsOptions = {}): Uint16Array {
  checkType(values instanceof Float32Array, 'float16Bits: values must be a Float32Array', values);
  checkOptions('float16Bits', options, ['out']);
  const { out = new Uint16Array(values.length) } = options;
  checkType(out instanceof Uint16Array, 'float16Bits: out must be a Uint16Array', out);
  checkRange(out.length === values.length, `float16Bits: out must have length ${values.length}`, out.length);
  const room = pieceRoom();
  if (!room) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i++) out[i] = narrow(bits[i]!);
    return out;
  }
  const made = new Uint16Array(room.out.buffer, room.out.byteOffset, room.out.length / 2);
  readRoom(room, values, (start, n, place) => {
    const there = placeFor(room, out, values, start, n);
    room.kernels.halves(place, n, there ?? made.byteOffset);
    if (there === null) out.set(made.subarray(0, n), start);
  });
  return out;
}
