import { checkMethod, checkPercentile } from './clipping-range.ts';
import { type ClipRange, type RangeSample, sampleOf } from './range-sample.ts';
import { type RangeMethod, searchRange } from './search-range.ts';

/** How codes of 8 bits are clipped. */
export interface RangeOptions {
  range?: RangeMethod | undefined;
  percentile?: number | undefined;
}

/** Throws unless the options of a function say how to clip. */
export function checkRangeOptions(fn: string, { range, percentile }: RangeOptions): void {
  if (range !== undefined) checkMethod(fn, 'range', range);
  checkPercentile(fn, percentile, range);
}

/** Where codes of 8 bits reach from and to; undefined for all of the range. */
export function clipFor({ range, percentile = 99.99 }: RangeOptions, sample: () => RangeSample): ClipRange | undefined {
  if (range === undefined || range === 'minmax') return undefined;
  const from = sample();
  if (from.values.length === 0) return undefined;
  return searchRange(from, { method: range, codes: 256, symmetric: false, percentile });
}

/** {@link clipFor} values that are at hand. */
export const clipOf = (options: RangeOptions, values: Float32Array): ClipRange | undefined =>
  clipFor(options, () => sampleOf(values));
