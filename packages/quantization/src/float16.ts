import { float16Bits as nearestBits } from '@weightkit/numerics';
import { checkType } from '@weightkit/numerics/check';

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
  return nearestBits(values);
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
