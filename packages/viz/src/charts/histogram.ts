import { checkRange } from '@weightkit/numerics/check';
import { checkAscending, checkList } from '../marks/options.ts';
import { isDrawn, readValues, type Value } from '../marks/values.ts';

/** Copies bin edges: at least two, finite, ascending. */
export function readEdges(fn: string, edges: ArrayLike<number>, name = 'edges'): Float64Array {
  checkList(fn, name, edges);
  checkRange(edges.length >= 2, `${fn}: ${name} must have at least two entries`, edges);
  checkAscending(fn, name, edges);
  return Float64Array.from(edges);
}

/** Reads the heights of a histogram: one per bin, not below 0; NaN and infinite ones and those that are missing stay so. */
export function readBins(fn: string, name: string, raw: ArrayLike<unknown>, bins: number): Value[] {
  checkList(fn, name, raw);
  checkRange(
    raw.length === bins,
    `${fn}: ${name} must have one entry per bin`,
    `${raw.length} entries for ${bins} bins`,
  );
  const values = readValues(fn, name, raw);
  values.forEach((value, i) => {
    const ok = !isDrawn(value) || value >= 0;
    if (!ok) checkRange(ok, `${fn}: ${name} must be at least 0`, `${value} at ${name}[${i}]`);
  });
  return values;
}

/** Reads how many entries of the data were NaN or infinite, and so are in no bin. */
export function readCount(fn: string, name: string, raw: unknown): number {
  checkRange(Number.isSafeInteger(raw) && (raw as number) >= 0, `${fn}: ${name} must be a whole number`, raw);
  return raw as number;
}

/** The middle of a bin, also where the sum of its edges is no double. */
export function middleOf(edges: Float64Array, i: number): number {
  const sum = edges[i]! + edges[i + 1]!;
  return Number.isFinite(sum) ? sum / 2 : edges[i]! / 2 + edges[i + 1]! / 2;
}

/** The highest bin that can be drawn, the first one among equals; undefined when there is none. */
export function peakOf(heights: readonly Value[]): number | undefined {
  let best: number | undefined;
  heights.forEach((height, i) => {
    if (isDrawn(height) && (best === undefined || height > heights[best]!)) best = i;
  });
  return best;
}

/** Half the width of a bin: the width of one from -1e308 to 1e308 is no double. */
export const halfWidth = (edges: Float64Array, i: number) => edges[i + 1]! / 2 - edges[i]! / 2;

/** Edges of the bins that groups of `size` neighbors make. */
export function mergeEdges(edges: Float64Array, size: number): Float64Array {
  if (size === 1) return edges;
  const last = edges.length - 1;
  return Float64Array.from({ length: Math.ceil(last / size) + 1 }, (_, i) => edges[Math.min(i * size, last)]!);
}

/** How heights of neighbors become one: counts are added, densities averaged by width, others averaged. */
export type Merging = 'sum' | 'density' | 'mean';

/** Heights of groups of `size` neighbors. A group with a height that cannot be drawn cannot be drawn either. */
export function mergeBins(heights: readonly Value[], edges: Float64Array, size: number, how: Merging): Value[] {
  if (size === 1) return [...heights];
  const merged: Value[] = [];
  for (let from = 0; from < heights.length; from += size) {
    const to = Math.min(from + size, heights.length);
    let whole = 0;
    let i = from;
    for (; i < to && isDrawn(heights[i]); i++) whole += halfWidth(edges, i);
    if (i < to) {
      merged.push(heights[i]!);
      continue;
    }
    const weighed = how === 'density' && whole > 0;
    let sum = 0;
    for (i = from; i < to; i++)
      sum += heights[i]! * (how === 'sum' ? 1 : weighed ? halfWidth(edges, i) / whole : 1 / (to - from));
    merged.push(Math.min(Number.MAX_VALUE, sum));
  }
  return merged;
}

/**
 * How many entries of a histogram lie below the first of some ascending cuts, between each two, and above the last: one number more than
 * there are cuts. Those of a bin count as spread evenly over it; a bin whose height cannot be drawn counts as empty.
 */
export function countBetween(edges: Float64Array, heights: ArrayLike<Value>, cuts: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(cuts.length + 1);
  let at = 0;
  for (let i = 0; i < heights.length; i++) {
    const height = heights[i]!;
    if (!isDrawn(height)) continue;
    const [start, end] = [edges[i]!, edges[i + 1]!];
    let from = start;
    while (at < cuts.length && cuts[at]! < end) {
      const to = Math.max(from, cuts[at]!);
      counts[at] = counts[at]! + height * partOf(from, to, start, end);
      from = to;
      at++;
    }
    counts[at] = counts[at]! + height * partOf(from, end, start, end);
  }
  return counts;
}

/** Which part of an interval another one within it is; lengths that are no doubles are halved. */
function partOf(from: number, to: number, start: number, end: number): number {
  const whole = end - start;
  return Number.isFinite(whole) ? (to - from) / whole : (to / 2 - from / 2) / (end / 2 - start / 2);
}
