import { fromFloat16Bits as exactValues, float16Bits as nearestBits } from '@weightkit/numerics';

/**
 * The nearest float16 values as bits, by IEEE 754: halves to even, gradual underflow below 2⁻¹⁴, infinity from 65520 on, NaN
 * as 0x7e00, signs of zeros kept. {@link quantize} refuses what overflows; this function does not.
 *
 * @param values - float32 values
 * @returns one pattern of 16 bits for a value
 * @throws TypeError unless values is a Float32Array
 */
export function float16Bits(values: Float32Array): Uint16Array {
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
  return exactValues(codes);
}
