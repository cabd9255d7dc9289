import {
  checkBoolean,
  checkFinite,
  checkInteger,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { type ClipRange, sampleOf } from './range-sample.ts';
import { RANGE_METHODS, type RangeMethod, searchRange } from './search-range.ts';

/** Options of {@link clippingRange}. */
export interface ClippingOptions {
  /**
   * How the range is found. `minmax` clips nothing. `percentile` leaves out as much above as below. `mse` tries ranges and takes the one
   * whose rounded values have the least square error. `entropy` takes the one whose codes lose the least information
   * (Kullback-Leibler divergence, Migacz 2017); it needs thousands of values. `octav` balances rounding and clipping noise without
   * trying (Sakr et al. 2022).
   */
  method: RangeMethod;
  /** Bits of a code, 2 to 16, for `entropy` 2 to 8. @defaultValue `8` */
  bits?: number;
  /** Whether the range is to be −t..t. @defaultValue `false` */
  symmetric?: boolean;
  /** For `percentile`: how much of the values is not clipped, in percent, above 0, 100 at most. @defaultValue `99.99` */
  percentile?: number;
}

/** Throws unless a method can be taken. */
export function checkMethod(fn: string, name: string, method: unknown): asserts method is RangeMethod {
  checkType(RANGE_METHODS.includes(method as RangeMethod), `${fn}: ${name} must be among ${RANGE_METHODS}`, method);
}

/** Throws unless it is a percentile, or none where another method is chosen. */
export function checkPercentile(fn: string, percentile: number | undefined, method: RangeMethod | undefined): void {
  if (percentile === undefined) return;
  checkNumber(`${fn}: percentile must be above 0, 100 at most`, percentile, (p) => p > 0 && p <= 100);
  checkRange(method === 'percentile', `${fn}: percentile must come with the range percentile`, method);
}

/**
 * The range in which values are rounded when what lies beyond is clipped: a step becomes smaller, and outliers pay for it.
 *
 * Where the values have both signs, 0 stays in the range; it is never wider than the values'.
 *
 * @example
 * const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
 * values[7] = 50;
 * const { max } = clippingRange(values, { method: 'mse', bits: 4 });
 * console.log(clippingRange(values, { method: 'minmax' }).max, max < 50); // -> 50 true
 *
 * @param values - one or more, finite; not changed
 * @param options - see {@link ClippingOptions}
 * @returns `{ min, max }`, to be given as `ranges` of {@link quantizeValues}
 * @throws RangeError that names the first NaN or infinity; TypeError or RangeError for other arguments
 */
export function clippingRange(values: Float32Array, options: ClippingOptions): ClipRange {
  const fn = 'clippingRange';
  checkType(values instanceof Float32Array, `${fn}: values must be a Float32Array`, values);
  checkPlainObject(`${fn}: options must be a plain object`, options);
  checkOptions(fn, options, ['method', 'bits', 'symmetric', 'percentile']);
  const { method, bits = 8, symmetric = false, percentile } = options;
  checkMethod(fn, 'method', method);
  checkInteger(fn, 'bits', bits, 2, method === 'entropy' ? 8 : 16);
  checkBoolean(fn, 'symmetric', symmetric);
  checkPercentile(fn, percentile, method);
  checkRange(values.length > 0, `${fn}: values must not be empty`, values);
  checkFinite(fn, 'values', 'values', values);
  return searchRange(sampleOf(values), { method, codes: 2 ** bits, symmetric, percentile: percentile ?? 99.99 });
}
