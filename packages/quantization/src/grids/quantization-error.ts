import type { Quantized } from './quantized.ts';

/** What quantization did to the values of one weight. */
export interface QuantizationError {
  /** Largest absolute difference of a value and what its code decodes to. */
  maxError: number;
  /**
   * What no error can exceed: half a scale, or what a value lies beyond a range that was clipped, and the rounding of the float32
   * values around it.
   */
  bound: number;
  /** Signal to quantization noise, 10 · log10(Σ x² / Σ (x − x̂)²) in dB; Infinity when all values are exact. */
  sqnr: number;
  /** Exact zeros among the values. */
  zeros: number;
  /** How many of these decode to exact zeros. */
  zerosKept: number;
}

function boundOf(quantized: Quantized, min: number, max: number): number {
  if (!(min < max)) return quantized.dtype === 'float16' ? halfUlp16(max) : 0;
  if (quantized.dtype === 'float16') return halfUlp16(Math.max(-min, max));
  const levels = quantized.dtype === 'uint8' ? 255 : 65535;
  const last = quantized.min + levels * quantized.scale;
  const largest = Math.max(Math.abs(quantized.min), Math.abs(last));
  const beyond = Math.max(quantized.min - min, max - last);
  // Where 0 was shifted onto the grid, up to half a step of the range lies beyond its ends: more is what was clipped.
  const half = beyond > (quantized.scale / 2) * (1 + 2 ** -20) ? beyond : quantized.scale / 2;
  return half + (2 ** -24 + 2 ** -48) * largest + 2 ** -150;
}

/** Half of the distance of float16 values around x: 2^(⌊log2 |x|⌋ − 11), and 2^-25 below the normal ones. */
export function halfUlp16(x: number): number {
  let ulp = 2 ** -24;
  while (ulp * 2 ** 11 <= Math.abs(x)) ulp *= 2;
  return ulp / 2;
}

/**
 * Measures codes against the values they stand for, in float64.
 *
 * The bound for uint8 and uint16 is scale / 2 + (2⁻²⁴ + 2⁻⁴⁸) · M + 2⁻¹⁵⁰, where M is the largest magnitude on the grid: half a
 * step, the one rounding to float32 (half an ulp, or half of the smallest float32), and the fewer than 32 roundings in float64
 * of values up to 2 M on the way to the code and back. Where a range was clipped, it is what lies beyond it in place of half a step. A constant has bound 0. For float16 it is half an ulp at the largest
 * magnitude.
 *
 * @param values - what was quantized, finite
 * @param quantized - the codes
 * @param decoded - what they decode to
 */
export function quantizationError(
  values: Float32Array,
  quantized: Quantized,
  decoded: Float32Array,
): QuantizationError {
  let [min, max, maxError, signal, noise, zeros, zerosKept] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    0,
    0,
    0,
    0,
  ];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const error = Math.abs(x - decoded[i]!);
    if (x < min) min = x;
    if (x > max) max = x;
    maxError = Math.max(maxError, error);
    signal += x * x;
    noise += error * error;
    if (x === 0) {
      zeros++;
      if (decoded[i] === 0) zerosKept++;
    }
  }
  const sqnr = noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  const bound = values.length === 0 ? 0 : boundOf(quantized, min, max);
  return { maxError, bound, sqnr, zeros, zerosKept };
}
