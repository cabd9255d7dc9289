import { checkRange, checkType } from '@weightkit/numerics/check';

/** Densities per bin, all 0 when no entry is in range. */
export function densityOf(counts: Uint32Array, edges: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float64Array.from(counts, (count, i) => (total === 0 ? 0 : count / (edges[i + 1]! - edges[i]!) / total));
}

/** Throws unless bins and range can be those of a histogram. */
export function checkBins(fn: string, bins: number, range: readonly [number, number] | undefined): void {
  checkRange(
    Number.isInteger(bins) && bins >= 1 && bins < 2 ** 24,
    `${fn}: bins must be an integer in [1, 2^24)`,
    bins,
  );
  if (range === undefined) return;
  checkType(Array.isArray(range) && range.length === 2, `${fn}: range must be a pair of numbers`, range);
  const ok = Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] <= range[1];
  checkRange(ok, `${fn}: range must be finite, the first not above the second`, range);
}
