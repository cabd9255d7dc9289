import { checkOptions, checkRange, checkType } from '../check.ts';
import { checkMatrix, type Floats } from '../linear-algebra/check-matrix.ts';
import { exponentOf, timesPower } from '../rounding/power-of-two.ts';
import { bluestein } from './bluestein.ts';
import type { Complex } from './complex.ts';
import { radix4 } from './radix4.ts';

/** What {@link fft} and {@link ifft} take. */
export interface ComplexInput {
  /** The real parts, any number. */
  re: Floats;
  /**
   * The imaginary parts, as many.
   * @defaultValue zeros
   */
  im?: Floats;
}

/** The exponent of the largest magnitude, when float64 could overflow or underflow on the way; else 0. */
function extremeExponent({ re, im }: Complex): number {
  let largest = 0;
  for (const part of [re, im]) for (let i = 0; i < part.length; i++) largest = Math.max(largest, Math.abs(part[i]!));
  const exponent = largest === 0 ? 0 : exponentOf(largest);
  return Math.abs(exponent) > 500 ? exponent : 0;
}

function scaleBy({ re, im }: Complex, exponent: number): void {
  for (const part of [re, im]) for (let i = 0; i < part.length; i++) part[i] = timesPower(part[i]!, exponent);
}

/** The transform, or its inverse: that is the transform with real and imaginary parts swapped, twice, over n. */
function transform(fn: string, input: ComplexInput, inverse: boolean): Complex {
  checkType(typeof input === 'object' && input !== null, `${fn}: input must have re, and im if complex`, input);
  checkOptions(fn, input, ['re', 'im']);
  const { re, im = new Float64Array(re?.length ?? 0) } = input;
  checkMatrix(fn, 're', re, 1, re?.length, 're.length');
  checkMatrix(fn, 'im', im, 1, re.length, 're.length');
  const n = re.length;
  const signal = { re: new Float64Array(inverse ? im : re), im: new Float64Array(inverse ? re : im) };
  const exponent = extremeExponent(signal);
  const divisor = inverse && n > 0 ? n : 1;
  if (exponent !== 0) scaleBy(signal, -exponent);
  const { re: x, im: y } = (n & (n - 1)) === 0 ? radix4(signal) : bluestein(signal);
  if (divisor > 1) for (const part of [x, y]) for (let i = 0; i < n; i++) part[i] = part[i]! / divisor;
  const result = inverse ? { re: y, im: x } : { re: x, im: y };
  if (exponent === 0) return result;
  scaleBy(result, exponent);
  for (const part of [x, y])
    for (let i = 0; i < n; i++)
      checkRange(
        Number.isFinite(part[i]!),
        `${fn}: input must have sums in the range of float64 at index ${i}`,
        part[i],
      );
  return result;
}

/**
 * The discrete Fourier transform X[k] = sum over j of x[j] exp(-2 pi i j k / n), as `numpy.fft.fft`, in float64: powers of
 * two by radix 4, other lengths by Bluestein's chirp in time n log n too. The error is a few 1e-16 log2(n) times the
 * root of the mean square of the result.
 *
 * Cooley and Tukey 1965, https://doi.org/10.2307/2003354; Bluestein 1970, https://doi.org/10.1109/TAU.1970.1162132
 *
 * @param input - re, and im if complex; any length, an empty one included
 * @returns as many complex numbers
 * @example
 * ```js
 * import { fft } from '@weightkit/numerics';
 * fft({ re: Float64Array.of(1, 2, 3, 4) }); // re: 10, -2, -2, -2; im: 0, 2, 0, -2
 * ```
 * @throws RangeError for a non-finite entry, for parts of different lengths and for sums beyond float64
 */
export function fft(input: ComplexInput): Complex {
  return transform('fft', input, false);
}

/**
 * The inverse of {@link fft}: x[j] = 1 / n sum over k of X[k] exp(2 pi i j k / n), as `numpy.fft.ifft`.
 *
 * @param input - re, and im if complex
 * @returns as many complex numbers
 * @example
 * ```js
 * import { fft, ifft } from '@weightkit/numerics';
 * ifft(fft({ re: Float64Array.of(1, 2, 3) })).re; // 1, 2, 3
 * ```
 * @throws RangeError as {@link fft}
 */
export function ifft(input: ComplexInput): Complex {
  return transform('ifft', input, true);
}
