import { affineCodes, extent } from '@weightkit/numerics';
import { checkFinite, checkOptions, checkType } from '@weightkit/numerics/check';
import { affineRange } from '../ranges/affine-range.ts';
import type { ClipRange } from '../ranges/range-sample.ts';
import { float16Bits } from './float16.ts';
import { type AffineQuantized, isDtype, type Quantized, type QuantizedDtype } from './quantized.ts';

/** Options of {@link quantize}. */
export interface QuantizeOptions {
  /**
   * What the codes are.
   *
   * @defaultValue `'uint8'`
   */
  dtype?: QuantizedDtype;
}

function checkDecodable(fn: string, path: string, values: Float32Array, dtype: string, decode: (x: number) => number) {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(Math.fround(decode(values[i]!))))
      throw new RangeError(
        `${fn}: values must stay finite in ${dtype} (use another dtype or leave the weight out), got ${values[i]} at ${path}[${i}]`,
      );
}

function toAffine(
  values: Float32Array,
  { min: low, max: high }: ClipRange,
  dtype: 'uint8' | 'uint16',
  check: (decode: (x: number) => number) => void,
): AffineQuantized {
  const codes = dtype === 'uint8' ? new Uint8Array(values.length) : new Uint16Array(values.length);
  if (!(low < high)) return { dtype, codes, scale: 1, min: values.length === 0 ? 0 : low };
  const { scale, min, max } = affineRange(low, high, dtype === 'uint8' ? 255 : 65535);
  // 2^52 and more has no fraction: adding it rounds, halves to even.
  const codeOf = (x: number) => (Math.min(Math.max(x, min), max) - min) / scale + 2 ** 52 - 2 ** 52;
  // Half a step beyond the largest float32 is infinity when it is decoded.
  if (!Number.isFinite(Math.fround(min)) || !Number.isFinite(Math.fround(max))) check((x) => codeOf(x) * scale + min);
  affineCodes(values, codes, { scale, min, max });
  return { dtype, codes, scale, min: min + 0 }; // no −0: JSON.stringify says 0 for it
}

/**
 * {@link quantize} with the names that messages give.
 *
 * @param clip - where codes reach from and to, in the range of the values; all of it when undefined. For uint8 and uint16
 */
export function quantizeAs(
  fn: string,
  path: string,
  values: Float32Array,
  dtype: QuantizedDtype,
  clip?: ClipRange,
): Quantized {
  const range = extent(values);
  if (range.nonFinite > 0) checkFinite(fn, 'values', path, values);
  const check = (decode: (x: number) => number) => checkDecodable(fn, path, values, dtype, decode);
  if (dtype !== 'float16') return toAffine(values, clip ?? range, dtype, check);
  if (!(range.min > -65520 && range.max < 65520)) check((x) => (Math.abs(x) < 65520 ? x : Number.POSITIVE_INFINITY));
  return { dtype, codes: float16Bits(values) };
}

/**
 * Codes of 8 or 16 bits for float32 values, by the rule of the tensorflowjs converter and with its very bytes (those that it
 * writes under NumPy 2; under NumPy 1 it rounds in float32, and a code near a tie may differ by one).
 *
 * uint8 and uint16, with levels = 2ᵇ − 1, all in float64:
 * scale = (max − min) / levels; if min ≤ 0 ≤ max then min = −round(−min / scale) · scale, which makes 0 exact;
 * q = round((clip(x, min, min + levels · scale) − min) / scale), halves to even. Equal values all get code 0, scale 1 and
 * min = value. An error is at most scale / 2, beside the rounding to float32. float16: the nearest IEEE 754 half.
 *
 * @example
 * const { codes, scale, min } = quantize(new Float32Array([-1, 0, 2]), { dtype: 'uint8' });
 * console.log([...codes]); // -> [ 0, 85, 255 ]
 *
 * @param values - any number of finite values; not changed
 * @param options - see {@link QuantizeOptions}
 * @returns new arrays that belong to the caller
 * @throws RangeError that names the first NaN or infinity, or the first value that would decode to infinity: one that rounds
 * to 65536 or more in float16, one within half a step of the largest float32 in uint8 and uint16; TypeError for other arguments
 */
export function quantize(values: Float32Array, options: QuantizeOptions = {}): Quantized {
  checkOptions('quantize', options, ['dtype']);
  const { dtype = 'uint8' } = options;
  checkType(values instanceof Float32Array, 'quantize: values must be a Float32Array', values);
  checkType(isDtype(dtype), 'quantize: dtype must be uint8, uint16 or float16', dtype);
  return quantizeAs('quantize', 'values', values, dtype);
}
