import { checkRange } from '@weightkit/numerics/check';
import { checkAscending, checkList } from './options.ts';

/** Copies bin edges: at least two, finite, ascending. */
export function readEdges(fn: string, edges: ArrayLike<number>): Float64Array {
  checkList(fn, 'edges', edges);
  checkRange(edges.length >= 2, `${fn}: edges must have at least two entries`, edges);
  checkAscending(fn, 'edges', edges);
  return Float64Array.from(edges);
}

/** Copies the heights of a histogram: one per bin, finite, not below 0. */
export function readBins(fn: string, name: string, values: ArrayLike<number>, bins: number): Float64Array {
  checkList(fn, name, values);
  const rule = `${fn}: ${name} must have one entry per bin`;
  checkRange(values.length === bins, rule, `${values.length} entries for ${bins} bins`);
  for (let i = 0; i < bins; i++) {
    const ok = values[i]! >= 0 && Number.isFinite(values[i]);
    checkRange(ok, `${fn}: ${name} must be finite and at least 0`, `${values[i]} at ${name}[${i}]`);
  }
  return Float64Array.from(values);
}

/** The middle of the highest bin, the first one among equals. */
export function peakOf(edges: Float64Array, heights: Float64Array): number {
  const top = heights.reduce((best, height, i) => (height > heights[best]! ? i : best), 0);
  return (edges[top]! + edges[top + 1]!) / 2;
}
