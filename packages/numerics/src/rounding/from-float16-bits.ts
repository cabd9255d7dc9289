import { checkType } from '../check.ts';

/** The bits of the float32 that equals a float16. */
function widen(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}

let all: Uint32Array | undefined;

/**
 * The values of float16 bits, exact: the inverse of {@link float16Bits}. NaNs keep their bits.
 *
 * @example
 * ```js
 * import { fromFloat16Bits } from '@weightkit/numerics';
 * console.log(fromFloat16Bits(Uint16Array.of(0x3c00, 0xc000)).join(' ')); // -> 1 -2
 * ```
 *
 * @param codes - patterns of 16 bits
 * @returns one float32 for a pattern
 * @throws TypeError unless codes is a Uint16Array
 */
export function fromFloat16Bits(codes: Uint16Array): Float32Array {
  checkType(codes instanceof Uint16Array, 'fromFloat16Bits: codes must be a Uint16Array', codes);
  all ??= Uint32Array.from({ length: 65_536 }, (_, code) => widen(code));
  const bits = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) bits[i] = all[codes[i]!]!;
  return new Float32Array(bits.buffer);
}
