import { checkType } from '@weightkit/numerics/check';

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

/**
 * The nearest float16 values as bits, by IEEE 754: halves to even, gradual underflow below 2⁻¹⁴, infinity from 65520 on, NaN
 * as 0x7e00, signs of zeros kept. {@link quantize} refuses what overflows; this function does not.
 *
 * @param values - float32 values
 * @returns one pattern of 16 bits for a value
 * @throws TypeError unless values is a Float32Array
 */
export function float16Bits(values: Float32Array): Uint16Array {
  checkType(values instanceof Float32Array, 'float16Bits: values must be a Float32Array', values);
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = narrow(bits[i]!);
  return out;
}

/**
 * The values of float16 bits, exact, the very bits that stock TensorFlow.js decodes.
 *
 * @param codes - patterns of 16 bits
 * @returns one float32 for a pattern
 * @throws TypeError unless codes is a Uint16Array
 */
export function fromFloat16Bits(codes: Uint16Array): Float32Array {
  checkType(codes instanceof Uint16Array, 'fromFloat16Bits: codes must be a Uint16Array', codes);
  const bits = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) bits[i] = widen(codes[i]!);
  return new Float32Array(bits.buffer);
}
