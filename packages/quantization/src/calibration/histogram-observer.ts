import { extent, histogram } from '@weightkit/numerics';
import { checkFinite, checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { bitsOfInteger } from '../grids/integers.ts';
import { checkPercentile } from '../ranges/clipping-range.ts';
import { histogramL2Range } from '../ranges/histogram-l2-range.ts';
import { type ClipRange, type HistogramBins, sampleOfBins } from '../ranges/range-sample.ts';
import { RANGE_METHODS, type RangeMethod, searchRange } from '../ranges/search-range.ts';
import { checkBatch, stateOf } from './channel-extents.ts';
import { checkedHistogram } from './check-state.ts';
import { type CheckedObservedGrid, checkParameters, gridOf, type HistogramState, type Observer } from './observer.ts';
import { rescaledBins } from './rescaled-bins.ts';

/** Options of {@link histogramObserver}. */
export interface HistogramObserverOptions {
  /**
   * How the range is chosen: `'l2'` as torch's HistogramObserver does it, by the least square error of codes in its bins, or by a
   * method of {@link clippingRange}.
   *
   * @defaultValue `'l2'`
   */
  range?: 'l2' | RangeMethod | undefined;
  /** With `range: 'percentile'`: how much is not clipped, in percent, above 0, 100 at most. @defaultValue `99.99` */
  percentile?: number | undefined;
  /** How many bins are kept: an integer from 16 to 65536. @defaultValue `2048` */
  bins?: number | undefined;
}

/** The counts of values over a range that holds them; where it is one number, in the middle bin. */
function countsOf(values: Float32Array, bins: number, low: number, high: number): Float64Array {
  if (low < high) return Float64Array.from(histogram(values, { bins, range: [low, high] }).counts);
  const counts = new Float64Array(bins);
  counts[bins >> 1] = values.length;
  return counts;
}

/** The share of a histogram outside a range; values lie evenly in their bin. */
export function shareOutside({ counts, low, high }: HistogramBins, { min, max }: ClipRange): number {
  if (!(low < high)) return 0;
  const width = (high - low) / counts.length;
  let [outside, all] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    const begin = low + i * width;
    // A millionth of a bin is what its edges were rounded by.
    const inside = Math.max(0, Math.min(begin + width, max) - Math.max(begin, min)) / width;
    all += counts[i]!;
    if (inside < 1 - 1e-6) outside += counts[i]! * (1 - inside);
  }
  return outside / all;
}

/** The range of a histogram by a method. */
function rangeOf(
  fn: string,
  bins: HistogramBins,
  { range, percentile }: HistogramState,
  { dtype, scheme }: CheckedObservedGrid,
): ClipRange {
  const bits = bitsOfInteger(dtype);
  checkRange(range !== 'entropy' || bits <= 8, `${fn}: dtype must have 8 bits at most for entropy`, dtype);
  const { low, high } = bins;
  if (!(low < high)) return { min: low, max: high };
  if (range === 'l2') return histogramL2Range(bins, 2 ** bits);
  return searchRange(sampleOfBins(bins), {
    method: range,
    codes: 2 ** bits,
    symmetric: scheme !== 'affine',
    percentile,
  });
}

/** A histogram observer, which can tell how much lies outside a range. */
export interface HistogramWatcher extends Observer {
  outside(range: ClipRange): number;
}

/** An observer that goes on from a state. */
export function histogramFrom(start: HistogramState): HistogramWatcher {
  const fn = 'histogramObserver';
  const settings = { ...start, counts: [] };
  let { count, low, high } = start;
  let counts = Float64Array.from(start.counts);
  const state = (): HistogramState => ({ ...settings, count, low, high, counts: [...counts] });
  const take = (from: number, to: number, more: (low: number, high: number) => Float64Array): void => {
    const [least, most] = low === null || high === null ? [from, to] : [Math.min(low, from), Math.max(high, to)];
    const added = more(least, most);
    const old = low === null || high === null ? counts : rescaledBins({ counts, low, high }, least, most);
    counts = old.map((n, i) => n + added[i]!);
    [low, high] = [least, most];
  };
  return {
    kind: 'histogram',
    get count() {
      return count;
    },
    observe(values) {
      checkBatch(`${fn}.observe`, values);
      if (values.length === 0) return;
      const { min, max, nonFinite } = extent(values);
      if (nonFinite > 0) checkFinite(`${fn}.observe`, 'values', 'values', values);
      take(min, max, (from, to) => countsOf(values, counts.length, from, to));
      count += values.length;
    },
    merge(other) {
      const seen = stateOf(`${fn}.merge`, other, 'histogram', checkedHistogram);
      const bins = seen.counts.length;
      checkRange(bins === counts.length, `${fn}.merge: other must have ${counts.length} bins`, bins);
      if (seen.low === null || seen.high === null) return;
      const theirs = { counts: seen.counts, low: seen.low, high: seen.high };
      take(seen.low, seen.high, (from, to) => rescaledBins(theirs, from, to));
      count += seen.count;
    },
    parameters(options = {}) {
      const grid = checkParameters(`${fn}.parameters`, options, count);
      const bins = { counts, low: low!, high: high! };
      const range = rangeOf(`${fn}.parameters`, bins, settings, grid);
      return gridOf([range.min], [range.max], grid, shareOutside(bins, range));
    },
    outside: (range) => (low === null || high === null ? 0 : shareOutside({ counts, low, high }, range)),
    toJSON: state,
  };
}

/** Throws unless a range is chosen by a method that there is. */
export function checkObserverRange(fn: string, name: string, range: unknown): asserts range is 'l2' | RangeMethod {
  const known: readonly unknown[] = ['l2', ...RANGE_METHODS];
  checkType(known.includes(range), `${fn}: ${name} must be among ${known}`, range);
}

/**
 * Observes a histogram, and chooses a range that may clip a few values so that the codes of all others are nearer: torch's
 * `HistogramObserver`, with percentiles, least square error, entropy and OCTAV beside its own search.
 *
 * It keeps its bins and nothing else. When a batch goes beyond them, they are spread over the wider range: each is divided into 16
 * parts, and each part goes where its middle lies. All in float64.
 *
 * @example
 * const values = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i));
 * values[7] = 50;
 * const observer = histogramObserver({ range: 'percentile', percentile: 99 });
 * observer.observe(values);
 * const { max, clipped } = observer.parameters();
 * console.log(max[0] < 2, clipped < 0.1, observer.toJSON().counts.length); // -> true true 2048
 *
 * @param options - see {@link HistogramObserverOptions}
 * @returns an observer that has seen nothing
 * @throws TypeError or RangeError for wrong options
 */
export function histogramObserver(options: HistogramObserverOptions = {}): Observer {
  const fn = 'histogramObserver';
  checkOptions(fn, options, ['range', 'percentile', 'bins']);
  const { range = 'l2', percentile, bins = 2048 } = options;
  checkObserverRange(fn, 'range', range);
  checkPercentile(fn, percentile, range === 'percentile' ? range : undefined);
  checkInteger(fn, 'bins', bins, 16, 2 ** 16);
  return histogramFrom({
    kind: 'histogram',
    range,
    percentile: percentile === undefined ? 99.99 : percentile,
    count: 0,
    low: null,
    high: null,
    counts: Array.from({ length: bins }, () => 0),
  });
}
