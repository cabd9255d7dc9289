import { checkOptions, checkRange, checkType } from '../check.ts';
import { checkFloats } from '../check-floats.ts';
import { BASE, CHUNK, inChunks, sharedKernels } from '../wasm/instance.ts';

/** Options of {@link histogram}. */
export interface HistogramOptions {
  /**
   * Number of bins: an integer of 1 or more, below 2^24.
   * @defaultValue 64
   */
  bins?: number;
  /**
   * Outer edges, finite, the first not above the second; equal ones are widened by 0.5 each way.
   * @defaultValue the least and greatest finite entry; 0 and 1 without any
   */
  range?: readonly [number, number];
}

/** What {@link histogram} returns. */
export interface Histogram {
  /** Entries per bin. */
  counts: Uint32Array;
  /** `bins + 1` edges; bin i is `[edges[i], edges[i + 1])`, the last one with its right edge. */
  edges: Float64Array;
  /** Finite entries below the first edge. */
  below: number;
  /** Finite entries above the last edge. */
  above: number;
  /** NaN and infinite entries. */
  nonFinite: number;
}

/** Counts into `out.counts`, with numpy's correction at the edges; the reference that the kernel equals. */
export function countReference(x: Float32Array | Float64Array, out: Histogram): void {
  const { counts, edges } = out;
  const bins = counts.length;
  const low = edges[0]!;
  const high = edges[bins]!;
  const width = high - low;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value - value !== 0) out.nonFinite++;
    else if (value < low) out.below++;
    else if (value > high) out.above++;
    else {
      let bin = Math.trunc(((value - low) / width) * bins);
      if (bin === bins) bin--;
      if (value < edges[bin]!) bin--;
      else if (bin !== bins - 1 && value >= edges[bin + 1]!) bin++;
      counts[bin]!++;
    }
  }
}

function finiteRange(x: Float32Array | Float64Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value - value !== 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

function finiteRangeByKernel(x: Float32Array | Float64Array): [number, number] | null {
  const kernels = sharedKernels(8 * CHUNK + 16);
  if (!kernels) return null;
  const extremes = new Float64Array(kernels.memory.buffer, BASE + 8 * CHUNK, 2);
  extremes.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  const rangeOf = x instanceof Float32Array ? kernels.range32 : kernels.range64;
  inChunks(kernels, x, (_, n) => rangeOf(BASE, n, extremes.byteOffset));
  const [low = 0, high = 0] = extremes;
  return low <= high ? [low, high] : [0, 1];
}

/** More bins than this would not fit the kernels' memory; the reference takes them. */
const MOST_BINS = 1 << 16;

/** Up to this many bins the kernel counts in four rows, to be added. */
const MOST_FAST_BINS = 4096;

/** {@link countReference} by the kernel; returns whether there was one. */
function countByKernel(x: Float32Array | Float64Array, out: Histogram): boolean {
  const bins = out.counts.length;
  const kernels = bins <= MOST_BINS ? sharedKernels(8 * CHUNK + 12 * MOST_BINS + 64) : null;
  if (!kernels) return false;
  const { buffer } = kernels.memory;
  const outside = new Float64Array(buffer, BASE + 8 * CHUNK, 3).fill(0);
  const edges = new Float64Array(buffer, outside.byteOffset + 24, bins + 1);
  edges.set(out.edges);
  const rows = bins <= MOST_FAST_BINS ? 4 : 1;
  const counts = new Uint32Array(buffer, edges.byteOffset + edges.byteLength, rows * bins).fill(0);
  const count = x instanceof Float32Array ? kernels.count32 : kernels.count64;
  inChunks(kernels, x, (_, n) => count(BASE, n, bins, edges.byteOffset, counts.byteOffset, outside.byteOffset));
  for (let i = 0; i < counts.length; i++) out.counts[i % bins]! += counts[i]!;
  [out.below = 0, out.above = 0, out.nonFinite = 0] = outside;
  return true;
}

/** numpy.linspace(low, high, bins + 1) in float64. */
function linspace(low: number, high: number, bins: number): Float64Array {
  const edges = new Float64Array(bins + 1);
  const delta = high - low;
  const step = delta / bins;
  for (let i = 0; i < bins; i++) edges[i] = (step === 0 ? (i / bins) * delta : i * step) + low;
  edges[bins] = high;
  return edges;
}

function edgesOf([first, last]: readonly [number, number], bins: number): Float64Array {
  const [low, high] = first === last ? [first - 0.5, last + 0.5] : [first, last];
  checkRange(Number.isFinite(high - low), 'histogram: the width of the range must be finite', [low, high]);
  const edges = linspace(low, high, bins);
  for (let i = 0; i < bins; i++) {
    checkRange(edges[i]! < edges[i + 1]!, 'histogram: bins must not outnumber the float64 values in the range', bins);
  }
  return edges;
}

/**
 * The counts of `numpy.histogram(x.astype(float64), bins, range)`, entries on an edge included; in float64.
 *
 * Non-finite entries, for which numpy throws, are counted and left out.
 *
 * @param x - any length
 * @throws RangeError or TypeError for bad bins, range or x, and for more bins than the range has float64 values
 */
export function histogram(x: Float32Array | Float64Array, options: HistogramOptions = {}): Histogram {
  checkFloats('histogram', x);
  checkOptions('histogram', options, ['bins', 'range']);
  const { bins = 64, range } = options;
  checkRange(
    Number.isInteger(bins) && bins >= 1 && bins < 2 ** 24,
    'histogram: bins must be an integer in [1, 2^24)',
    bins,
  );
  if (range !== undefined) {
    checkType(Array.isArray(range) && range.length === 2, 'histogram: range must be a pair of numbers', range);
    const ok = Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] <= range[1];
    checkRange(ok, 'histogram: range must be finite, the first not above the second', range);
  }
  const edges = edgesOf(range ?? finiteRangeByKernel(x) ?? finiteRange(x), bins);
  const result = { counts: new Uint32Array(bins), edges, below: 0, above: 0, nonFinite: 0 };
  if (!countByKernel(x, result)) countReference(x, result);
  return result;
}
