import type * as tf from '@tensorflow/tfjs-core';
import { type Weight, type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { type Moments, moments } from '@weightkit/numerics';
import { checkOptions } from '@weightkit/numerics/check';
import { checkSpectra, type SpectralMetrics, spectralMetrics } from '../spectral/of-singular-values.ts';
import { whyNoSpectrum } from '../spectral/spectral-metrics.ts';
import { isReal, numbersOf, readEntries, sizeOf } from '../values/read-values.ts';

/** Options of {@link summarize}. */
export interface SummarizeOptions {
  /**
   * Which weights.
   * @defaultValue all
   */
  filter?: WeightFilter;
  /**
   * Whether to compute the singular values of kernels.
   * @defaultValue true
   */
  spectra?: boolean;
  /**
   * Kernels with rows · cols · min(rows, cols) above this get no spectral metrics: 0 or more, Infinity for no limit. The
   * time is proportional to it; the default takes a square matrix of 1024 rows.
   * @defaultValue 2^30
   */
  maxCost?: number;
}

/** The moments that entries without real numbers do not have. */
type Measured = Exclude<keyof Moments, 'count' | 'zeros' | 'nonFinite'>;

/**
 * One weight in numbers; the fields of {@link Moments} are about its finite entries. Those from `mean` to `l2` are null where the
 * entries are complex numbers or strings.
 */
export interface WeightSummary
  extends Omit<Moments, Measured>,
    Record<Measured, number | null>,
    Record<keyof SpectralMetrics, number | null> {
  /** Path, see `weightsOf`. */
  path: string;
  /** Data type. */
  dtype: tf.DataType;
  /** Shape. */
  shape: number[];
  /** Number of entries. */
  parameters: number;
  /** Whether `fit` would train it. */
  trainable: boolean;
  /** zeros / parameters; 0 when there are no entries. */
  sparsity: number;
  /** Why the spectral fields are null, or null when they are not. */
  skipped: string | null;
}

const NONE: Record<keyof SpectralMetrics, null> = {
  spectralNorm: null,
  stableRank: null,
  conditionNumber: null,
  effectiveRank: null,
};

const UNMEASURED: Record<Measured, null> = {
  mean: null,
  std: null,
  skewness: null,
  kurtosis: null,
  min: null,
  max: null,
  l1: null,
  l2: null,
};

/** A complex number counts as zero when both parts are, and as finite when both parts are; strings are neither zero nor finite. */
function countsOf(parts: ArrayLike<number>): Omit<Moments, Measured> {
  const counts = { count: 0, zeros: 0, nonFinite: 0 };
  for (let i = 0; i < parts.length; i += 2) {
    const [re, im] = [parts[i]!, parts[i + 1]!];
    counts[Number.isFinite(re) && Number.isFinite(im) ? 'count' : 'nonFinite']++;
    if (re === 0 && im === 0) counts.zeros++;
  }
  return counts;
}

async function summaryOf(weight: Weight, spectra: boolean, maxCost: number): Promise<WeightSummary> {
  const { path, dtype, shape, trainable } = weight;
  const [entries, parameters] = [await readEntries(weight), sizeOf(weight)];
  const about = { path, dtype, shape: [...shape], parameters, trainable };
  const sparsityOf = (zeros: number) => (parameters === 0 ? 0 : zeros / parameters);
  const without = whyNoSpectrum(weight, spectra, maxCost);
  if (!isReal(dtype)) {
    const counts = countsOf(dtype === 'complex64' ? (entries as Float32Array) : []);
    return { ...about, ...UNMEASURED, ...counts, sparsity: sparsityOf(counts.zeros), ...NONE, skipped: without };
  }
  const values = numbersOf(entries as Float32Array);
  const statistics = moments(values);
  const skipped = without ?? (statistics.nonFinite > 0 ? `${statistics.nonFinite} entries are not finite` : null);
  return {
    ...about,
    ...statistics,
    sparsity: sparsityOf(statistics.zeros),
    ...(skipped === null ? spectralMetrics(values, shape) : NONE),
    skipped,
  };
}

/**
 * Every weight of a model in numbers: moments, norms, zeros, and for kernels what their singular values say. Values are
 * those that layers compute with, parametrizations applied; everything is accumulated in float64.
 *
 * A kernel of rank 3 or more is read as the matrix whose columns are its last axis and whose rows are all axes before it.
 * Weights with NaN or infinity are no error here, since a summary is how one finds them: they are counted in `nonFinite`,
 * and the spectral fields are null. int32 weights are summarized exactly as they are, in float64. Complex numbers are counted,
 * and of strings the number of entries is known; the rest is null, and `skipped` names the type. A matrix of zeros has spectral norm, stable rank and effective rank 0 and condition
 * number Infinity.
 *
 * @example
 * const [kernel] = await summarize(model, { filter: 'dense1/kernel' });
 * console.log(kernel.parameters, kernel.sparsity, kernel.conditionNumber > 1); // -> 80 0 true
 *
 * @param source - a built model or layer, a GraphModel, or variables
 * @returns one summary per weight, in the order of `weightsOf`
 * @throws TypeError or RangeError for bad options, or as `weightsOf`
 */
export async function summarize(source: WeightSource, options: SummarizeOptions = {}): Promise<WeightSummary[]> {
  checkOptions('summarize', options, ['filter', 'spectra', 'maxCost']);
  const { filter, spectra = true, maxCost = 2 ** 30 } = options;
  checkSpectra('summarize', spectra, maxCost);
  const summaries: WeightSummary[] = [];
  for (const weight of weightsOf(source, filter, 'summarize'))
    summaries.push(await summaryOf(weight, spectra, maxCost));
  return summaries;
}
