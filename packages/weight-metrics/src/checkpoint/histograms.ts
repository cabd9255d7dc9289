import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  type TensorFilter,
  whyNoNumbers,
} from '@weightkit/checkpoint';
import { type Histogram, histogram } from '@weightkit/numerics';
import { checkType } from '@weightkit/numerics/check';
import { checkBins, densityOf } from '../statistics/bins.ts';
import { numbersIn } from './read-numbers.ts';
import { checkReadOptions, filtered, type ReadOptions } from './read-options.ts';

/** Options of {@link histograms}. */
export interface CheckpointHistogramsOptions extends ReadOptions {
  /**
   * Number of bins: an integer of 1 or more, below 2^24.
   * @defaultValue 64
   */
  bins?: number;
  /**
   * Outer edges: `'own'`, the least and greatest finite entry of each tensor; `'shared'`, those of all tensors together; or a
   * pair for all, finite, the first not above the second (equal ones are widened by 0.5 each way). A pair saves one reading.
   * @defaultValue 'own'
   */
  range?: 'own' | 'shared' | readonly [number, number];
  /**
   * Which tensors. One that matches nothing is an error.
   * @defaultValue float tensors of rank 2 or more
   */
  filter?: TensorFilter;
  /**
   * Whether to give densities too: counts / (sum of counts · bin width), so that the bins' area is 1.
   * @defaultValue false
   */
  density?: boolean;
}

/** The histogram of one tensor. */
export interface TensorHistogram extends Histogram {
  /** Name. */
  name: string;
  /** Shape. */
  shape: number[];
  /** Densities per bin, all 0 when no entry is in range; null unless asked for. */
  density: Float64Array | null;
  /** Why nothing was counted, for what has no real numbers and for ranges that cannot be cut into the bins; else null. */
  skipped: string | null;
}

type Range = readonly [number, number];

const isKernel = ({ dtype, shape }: CheckpointTensor): boolean => /^b?float/.test(dtype) && shape.length >= 2;

/** The least and the greatest finite entry; the ends of nothing where there is none. */
async function extremesOf(tensor: CheckpointTensor, signal: AbortSignal | undefined): Promise<Range> {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (whyNoNumbers(tensor) !== null) return [low, high];
  for await (const numbers of numbersIn(tensor, signal))
    for (let i = 0; i < numbers.length; i++) {
      const x = numbers[i]!;
      if (x - x !== 0) continue;
      if (x < low) low = x;
      if (x > high) high = x;
    }
  return [low, high];
}

const orUnit = ([low, high]: Range): Range => (low <= high ? [low, high] : [0, 1]);

/** A histogram of nothing on these edges, or why they cannot be. */
function emptyOn(bins: number, range: Range): Histogram | string {
  try {
    return histogram(new Float32Array(0), { bins, range });
  } catch (error) {
    return (error as Error).message.replace(/^histogram: /, '');
  }
}

async function countInto(
  total: Histogram,
  tensor: CheckpointTensor,
  range: Range,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bins = total.counts.length;
  for await (const numbers of numbersIn(tensor, signal)) {
    const { counts, below, above, nonFinite } = histogram(numbers, { bins, range });
    for (let i = 0; i < bins; i++) total.counts[i]! += counts[i]!;
    total.below += below;
    total.above += above;
    total.nonFinite += nonFinite;
  }
}

/**
 * Histograms of a checkpoint's tensors by the law of `numpy.histogram` in float64, entries on an edge included; of values that are
 * read piece by piece, once for the range, where none is given, and once for the counts. NaN and infinity are counted and left out.
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { histograms } from '@weightkit/weight-metrics/checkpoint';
 *
 * const weightSpecs = [{ name: 'w', shape: [1, 4], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(0, 1, 3, 4).buffer });
 * const [w] = await histograms(checkpoint, { bins: 2 });
 * console.log(w.edges, w.counts); // -> Float64Array(3) [ 0, 2, 4 ] Uint32Array(2) [ 2, 2 ]
 * ```
 *
 * @param checkpoint - of `openCheckpoint`, `mapCheckpoint` or a transform; borrowed
 * @param options - see {@link CheckpointHistogramsOptions}
 * @returns one histogram per tensor, in the file's order
 * @throws TypeError or RangeError for bad options, or a given or shared range that cannot be cut into the bins
 */
export async function histograms(
  checkpoint: Checkpoint,
  options: CheckpointHistogramsOptions = {},
): Promise<TensorHistogram[]> {
  const fn = 'histograms';
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  checkReadOptions(fn, options, ['bins', 'range', 'filter', 'density']);
  const { bins = 64, range = 'own', filter, density = false, onProgress, signal } = options;
  const named = range === 'own' || range === 'shared';
  checkType(named || Array.isArray(range), `${fn}: range must be 'own', 'shared' or a pair of numbers`, range);
  checkType(typeof density === 'boolean', `${fn}: density must be true or false`, density);
  checkBins(fn, bins, named ? undefined : range);
  const tensors = filter === undefined ? checkpoint.tensors.filter(isKernel) : filtered(fn, checkpoint.tensors, filter);
  let fixed: Range | undefined = named ? undefined : range;
  if (range === 'shared') {
    const all = [];
    for (const tensor of tensors) all.push(await extremesOf(tensor, signal));
    const lowest = all.reduce((low, [own]) => Math.min(low, own), Number.POSITIVE_INFINITY);
    fixed = orUnit([lowest, all.reduce((high, [, own]) => Math.max(high, own), Number.NEGATIVE_INFINITY)]);
  }
  if (fixed) {
    const empty = emptyOn(bins, fixed);
    if (typeof empty === 'string') throw new RangeError(`${fn}: ${empty}`);
  }
  const result: TensorHistogram[] = [];
  for (const tensor of tensors) {
    const { name, shape } = tensor;
    let skipped = whyNoNumbers(tensor);
    const edges = fixed ?? orUnit(await extremesOf(tensor, signal));
    const wanted = emptyOn(bins, edges);
    if (typeof wanted === 'string') skipped = wanted;
    const total = typeof wanted === 'string' ? histogram(new Float32Array(0), { bins, range: [0, 1] }) : wanted;
    if (skipped === null) await countInto(total, tensor, edges, signal);
    const densities = density ? densityOf(total.counts, total.edges) : null;
    result.push({ name, shape: [...shape], ...total, density: densities, skipped });
    await onProgress?.({ tensor: name, done: result.length, total: tensors.length });
  }
  return result;
}
