import {
  checkInteger,
  checkNumber,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { RANGE_METHODS } from '../ranges/search-range.ts';
import type { HistogramState, MinMaxState, MovingAverageState } from './observer.ts';

const isFloat32 = (x: number): boolean => Number.isFinite(Math.fround(x));

/** Throws unless two lists are ranges, one for each channel, empty where nothing was seen. */
function checkRanges(fn: string, what: string, min: unknown, max: unknown, channels: number | null): void {
  checkNumbers(`${fn}: ${what}.min must be finite numbers`, min, isFloat32);
  checkNumbers(`${fn}: ${what}.max must be finite numbers`, max, isFloat32);
  const count = channels ?? min.length;
  checkRange(min.length === count, `${fn}: ${what}.min must have ${count} numbers`, min.length);
  checkRange(max.length === count, `${fn}: ${what}.max must have ${count} numbers`, max.length);
  for (let k = 0; k < count; k++)
    checkRange(min[k]! <= max[k]!, `${fn}: ${what}.max[${k}] must be ${min[k]} or more`, max[k]);
}

function checkExtremes(fn: string, what: string, { axis, count, min, max }: Omit<MinMaxState, 'kind'>): void {
  if (axis !== null) checkInteger(fn, `${what}.axis`, axis, -8, 7);
  checkInteger(fn, `${what}.count`, count, 0);
  checkRanges(fn, what, min, max, axis === null || count === 0 ? Math.min(count, 1) : null);
  checkRange(count === 0 || min.length > 0, `${fn}: ${what}.min must not be empty`, min.length);
}

/** Throws unless a value is the state of a minMaxObserver. */
export function checkedMinMax(fn: string, what: string, state: unknown): MinMaxState {
  checkPlainObject(`${fn}: ${what} must be a plain object`, state);
  checkOptions(fn, state, ['kind', 'axis', 'count', 'min', 'max'], what);
  checkExtremes(fn, what, state as unknown as MinMaxState);
  return state as unknown as MinMaxState;
}

/** Throws unless a value is the state of a movingAverageObserver. */
export function checkedMovingAverage(fn: string, what: string, state: unknown): MovingAverageState {
  checkPlainObject(`${fn}: ${what} must be a plain object`, state);
  const names = ['kind', 'axis', 'constant', 'batches', 'count', 'min', 'max', 'firstMin', 'firstMax'];
  checkOptions(fn, state, names, what);
  const own = state as unknown as MovingAverageState;
  checkExtremes(fn, what, own);
  checkNumber(`${fn}: ${what}.constant must be above 0, 1 at most`, own.constant, (c) => c > 0 && c <= 1);
  checkInteger(fn, `${what}.batches`, own.batches, Math.min(own.count, 1), own.count);
  checkRanges(fn, `${what} in its first batch`, own.firstMin, own.firstMax, own.min.length);
  return own;
}

/** Throws unless a value is the state of a histogramObserver. */
export function checkedHistogram(fn: string, what: string, state: unknown): HistogramState {
  checkPlainObject(`${fn}: ${what} must be a plain object`, state);
  checkOptions(fn, state, ['kind', 'range', 'percentile', 'count', 'low', 'high', 'counts'], what);
  const { range, percentile, count, low, high, counts } = state as unknown as HistogramState;
  const known: readonly unknown[] = ['l2', ...RANGE_METHODS];
  checkType(known.includes(range), `${fn}: ${what}.range must be among ${known}`, range);
  checkNumber(`${fn}: ${what}.percentile must be above 0, 100 at most`, percentile, (p) => p > 0 && p <= 100);
  checkInteger(fn, `${what}.count`, count, 0);
  checkNumbers(`${fn}: ${what}.counts must be 0 or more`, counts, (n) => n >= 0 && Number.isFinite(n));
  checkRange(
    counts.length >= 16 && counts.length <= 2 ** 16,
    `${fn}: ${what}.counts must have 16 to 65536 bins`,
    counts.length,
  );
  const sum = counts.reduce((a, b) => a + b, 0);
  checkRange(Math.abs(sum - count) <= 1e-6 * count, `${fn}: ${what}.counts must add up to ${count}`, sum);
  if (count === 0) {
    checkRange(low === null && high === null, `${fn}: ${what}.low and high must be null without values`, [low, high]);
  } else {
    checkNumber(`${fn}: ${what}.low must be finite`, low, isFloat32);
    checkNumber(`${fn}: ${what}.high must be ${low} or more`, high, (x) => x >= low! && isFloat32(x));
  }
  return state as unknown as HistogramState;
}
