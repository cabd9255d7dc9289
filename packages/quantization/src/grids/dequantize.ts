import { checkNumber, checkPlainObject, checkType } from '@weightkit/numerics/check';
import { fromFloat16Bits } from './float16.ts';
import { isDtype, type Quantized } from './quantized.ts';

/**
 * The values of codes, the very bits that stock TensorFlow.js decodes: code · scale + min in float64, rounded to float32 once.
 *
 * @example
 * const quantized = quantize(new Float32Array([-1, 0, 2]));
 * console.log([...dequantize(quantized)]); // -> [ -1, 0, 2 ]
 *
 * @param quantized - from {@link quantize}, or read from a file; not changed
 * @returns one float32 for a code
 * @throws TypeError when dtype and codes do not belong together, RangeError when scale or min is not finite
 */
export function dequantize(quantized: Quantized): Float32Array {
  checkPlainObject('dequantize: quantized must be what quantize returned', quantized);
  const { dtype, codes } = quantized;
  checkType(isDtype(dtype), 'dequantize: dtype must be uint8, uint16 or float16', dtype);
  const wanted = dtype === 'uint8' ? Uint8Array : Uint16Array;
  checkType(codes instanceof wanted, `dequantize: codes of ${dtype} must be a ${wanted.name}`, codes);
  if (dtype === 'float16') return fromFloat16Bits(codes);
  const { scale, min } = quantized;
  checkNumber('dequantize: scale must be finite', scale, Number.isFinite);
  checkNumber('dequantize: min must be finite', min, Number.isFinite);
  const out = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = codes[i]! * scale + min;
  return out;
}
