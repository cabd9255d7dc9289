/** Integers of a code's bits, with a sign or without. */
export type IntegerDtype =
  | 'int2'
  | 'int3'
  | 'int4'
  | 'int5'
  | 'int6'
  | 'int7'
  | 'int8'
  | 'uint2'
  | 'uint3'
  | 'uint4'
  | 'uint5'
  | 'uint6'
  | 'uint7'
  | 'uint8'
  | 'uint16';

/** How a range becomes a scale and a zero point. */
export type IntegerScheme = 'symmetric' | 'affine' | 'noClipping';

/** The least and the last code of a grid of integers. */
export interface CodeRange {
  least: number;
  most: number;
}

/** Scale and zero point of each block. */
export interface AffineParameters {
  scales: Float32Array;
  zeroPoints: Int32Array | null;
}

const { fround } = Math;
/** The least scale: the smallest float32 whose inverse is finite and that has all its digits. */
export const LEAST_SCALE = 2 ** -126;
/** Adding it and taking it away rounds to a whole number, halves to even, where less than 2^51 is given. */
const ROUND = 1.5 * 2 ** 52;

export const isIntegerDtype = (dtype: unknown): dtype is IntegerDtype =>
  typeof dtype === 'string' && (/^u?int[2-8]$/.test(dtype) || dtype === 'uint16');

export const bitsOfInteger = (dtype: IntegerDtype): number => Number(dtype.replace(/\D/g, ''));

export function codeRange(dtype: IntegerDtype, narrow: boolean): CodeRange {
  const bits = bitsOfInteger(dtype);
  const least = dtype.startsWith('u') ? 0 : -(2 ** (bits - 1));
  return { least: least + (narrow ? 1 : 0), most: least + 2 ** bits - 1 };
}

/** A quotient of float32 values in float32; where the numerator overflows there, rounded once. */
function quotient(a: number, b: number): number {
  const q = fround(fround(a) / b);
  return Number.isFinite(q) ? q : fround(a / b);
}

/**
 * Scales and zero points by torchao's laws (`choose_qparams_affine`), in float32: with 0 taken into every range,
 * symmetric: max |x| / ((most − least) / 2); noClipping: max(min / least, max / most); affine: (max − min) / (most − least), zero
 * point least − round(min / scale).
 *
 * @param leastScale - no scale is smaller; where none is given that of a range without width is 1
 */
export function integerParameters(
  min: Float32Array,
  max: Float32Array,
  scheme: IntegerScheme,
  { least, most }: CodeRange,
  leastScale?: number,
): AffineParameters {
  const scales = new Float32Array(min.length);
  const middle = Math.trunc((least + most + 1) / 2);
  const shifted = scheme === 'affine' || middle !== 0;
  const zeroPoints = shifted ? new Int32Array(min.length).fill(middle) : null;
  for (let k = 0; k < min.length; k++) {
    const low = Math.min(min[k]!, 0);
    const high = Math.max(max[k]!, 0);
    let scale = 0;
    if (scheme === 'affine') scale = quotient(high - low, most - least);
    else if (scheme === 'symmetric') scale = quotient(Math.max(-low, high), (most - least) / 2);
    else scale = Math.max(quotient(low, least - middle), quotient(high, most - middle));
    if (leastScale !== undefined) scale = Math.max(scale, leastScale);
    else if (scale < LEAST_SCALE) scale = low === high ? 1 : LEAST_SCALE;
    scales[k] = scale;
    if (scheme === 'affine') {
      const zero = least - (fround(low / scale) + ROUND - ROUND);
      zeroPoints![k] = Math.min(Math.max(zero, least), most);
    }
  }
  return { scales, zeroPoints };
}

export function codesFor(dtype: IntegerDtype, length: number): Int8Array | Uint8Array | Uint16Array {
  if (dtype === 'uint16') return new Uint16Array(length);
  return dtype.startsWith('u') ? new Uint8Array(length) : new Int8Array(length);
}
