import { isKernel, type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { histogram, moments } from '@weightkit/numerics';
import { checkOptions, checkType } from '@weightkit/numerics/check';
import { readValues, type Values, whyNoNumbers } from '../values/read-values.ts';
import { checkBins, densityOf } from './bins.ts';

/** Options of {@link histograms}. */
export interface HistogramsOptions {
  /**
   * Number of bins: an integer of 1 or more, below 2^24.
   * @defaultValue 64
   */
  bins?: number;
  /**
   * Outer edges: `'own'`, the least and greatest finite entry of each weight; `'shared'`, those of all weights together;
   * or a pair for all, finite, the first not above the second (equal ones are widened by 0.5 each way).
   * @defaultValue 'own'
   */
  range?: 'own' | 'shared' | readonly [number, number];
  /**
   * Which weights.
   * @defaultValue kernels, as `isKernel` says
   */
  filter?: WeightFilter;
  /**
   * Whether to give densities too: counts / (sum of counts · bin width), so that the bins' area is 1.
   * @defaultValue false
   */
  density?: boolean;
}

/** The histogram of one weight. */
export interface WeightHistogram {
  /** Path, see `weightsOf`. */
  path: string;
  /** Shape. */
  shape: number[];
  /** `bins + 1` edges; bin i is `[edges[i], edges[i + 1])`, the last one with its right edge. */
  edges: Float64Array;
  /** Entries per bin. */
  counts: Uint32Array;
  /** Densities per bin, all 0 when no entry is in range; null unless asked for. */
  density: Float64Array | null;
  /** Finite entries below the first edge. */
  below: number;
  /** Finite entries above the last edge. */
  above: number;
  /** NaN and infinite entries. */
  nonFinite: number;
  /** Why nothing was counted, for complex numbers and strings; else null. */
  skipped: string | null;
}

/** The least and greatest finite entry of all; [0, 1] where there is none. */
export function sharedRange(all: readonly Values[]): [number, number] {
  const extremes = all.map((values) => moments(values)).filter(({ count }) => count > 0);
  if (extremes.length === 0) return [0, 1];
  // Not Math.min(...), which takes an argument for each weight: a hundred thousand are too many for the stack.
  return extremes.reduce<[number, number]>(
    ([low, high], { min, max }) => [Math.min(low, min), Math.max(high, max)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/**
 * Histograms of a model's weights by the law of `numpy.histogram` in float64, entries on an edge included. NaN and infinite
 * entries are counted and left out. int32 entries are counted as they are; complex numbers and strings are not, with the reason.
 *
 * @example
 * const [first] = await histograms(model, { bins: 50, range: 'shared' });
 * console.log(first.path, first.edges.length, first.counts.length); // -> dense1/kernel 51 50
 *
 * @param source - a built model or layer, a GraphModel, or variables
 * @returns one histogram per weight, in the order of `weightsOf`
 * @throws TypeError or RangeError for bad options, or as `weightsOf`
 */
export async function histograms(source: WeightSource, options: HistogramsOptions = {}): Promise<WeightHistogram[]> {
  checkOptions('histograms', options, ['bins', 'range', 'filter', 'density']);
  const { bins = 64, range = 'own', filter = isKernel, density = false } = options;
  const named = range === 'own' || range === 'shared';
  checkType(named || Array.isArray(range), "histograms: range must be 'own', 'shared' or a pair of numbers", range);
  checkType(typeof density === 'boolean', 'histograms: density must be true or false', density);
  checkBins('histograms', bins, named ? undefined : range);
  const weights = weightsOf(source, filter, 'histograms');
  const all: Values[] = [];
  for (const weight of weights) all.push(await readValues(weight));
  const fixed = range === 'shared' ? sharedRange(all) : named ? undefined : range;
  return weights.map((weight, i) => {
    const { path, shape } = weight;
    const result = histogram(all[i]!, fixed ? { bins, range: fixed } : { bins });
    const densities = density ? densityOf(result.counts, result.edges) : null;
    return { path, shape: [...shape], ...result, density: densities, skipped: whyNoNumbers(weight) };
  });
}
