import { affineRange } from './affine-range.ts';
import { entropyRange } from './entropy-range.ts';
import { mseRange, type StepsOf } from './mse-range.ts';
import { octavRange } from './octav-range.ts';
import { percentileRange } from './percentile-range.ts';
import type { ClipRange, RangeSample } from './range-sample.ts';

/** How a range is found: see {@link ClippingOptions}. */
export type RangeMethod = 'minmax' | 'percentile' | 'mse' | 'entropy' | 'octav';

export const RANGE_METHODS: readonly RangeMethod[] = ['minmax', 'percentile', 'mse', 'entropy', 'octav'];

/** What {@link searchRange} goes by. */
export interface RangeSearch {
  method: RangeMethod;
  /** How many codes there are, 2 to the bits. */
  codes: number;
  /** Whether the range is −t..t. */
  symmetric: boolean;
  /** For `percentile`: how much is not clipped, in percent. */
  percentile: number;
  /** For `mse`: the grid of a range; that of the converter by default, and steps of t / (codes / 2 − 1) for a symmetric one. */
  stepsOf?: StepsOf;
}

/** The grids that `mse` measures by when none is given. */
export const stepsFor = (codes: number, symmetric: boolean): StepsOf =>
  symmetric
    ? (_, high) => {
        const scale = high / Math.max(codes / 2 - 1, 1);
        return { scale, min: (-codes / 2) * scale, max: (codes / 2 - 1) * scale };
      }
    : (low, high) => affineRange(low, high, codes - 1);

/** The range of a sample by a method. Where the sample has 0 between its ends, so has the range; it is never wider than the sample's. */
export function searchRange(sample: RangeSample, search: RangeSearch): ClipRange {
  const { method, codes, symmetric, percentile, stepsOf = stepsFor(codes, symmetric) } = search;
  const { low, high } = sample;
  const widest = Math.max(-low, high);
  const [least, most] = symmetric ? [-widest, widest] : [low, high];
  if (method === 'minmax' || !(low < high)) return { min: least, max: most };
  let { min, max } =
    method === 'mse'
      ? mseRange(sample, stepsOf, symmetric)
      : method === 'octav'
        ? octavRange(sample, codes, symmetric)
        : method === 'entropy'
          ? entropyRange(sample, codes, symmetric)
          : percentileRange(sample, percentile);
  if (symmetric) {
    max = Math.max(-min, max);
    min = -max;
  }
  if (low <= 0 && high >= 0) [min, max] = [Math.min(min, 0), Math.max(max, 0)];
  [min, max] = [Math.max(min, least), Math.min(max, most)];
  // A sample that is nearly all one number has no range by its percentiles.
  return min < max ? { min, max } : { min: least, max: most };
}
