import { type Weight, type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { type Moments, moments } from '@weightkit/numerics';
import { checkOptions } from '@weightkit/numerics/check';
import { readValues } from './read-values.ts';
import { checkSpectra, type SpectralMetrics, spectralMetrics, whyNoSpectrum } from './spectral-metrics.ts';

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

/** One weight in numbers; the fields of {@link Moments} are about its finite entries. */
export interface WeightSummary extends Moments, Record<keyof SpectralMetrics, number | null> {
  /** Path, see `weightsOf`. */
  path: string;
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

async function summaryOf(weight: Weight, spectra: boolean, maxCost: number): Promise<WeightSummary> {
  const values = await readValues(weight);
  const statistics = moments(values);
  const without = whyNoSpectrum(weight, spectra, maxCost);
  const skipped = without ?? (statistics.nonFinite > 0 ? `${statistics.nonFinite} entries are not finite` : null);
  return {
    path: weight.path,
    shape: [...weight.shape],
    parameters: values.length,
    trainable: weight.trainable,
    ...statistics,
    sparsity: values.length === 0 ? 0 : statistics.zeros / values.length,
    ...(skipped === null ? spectralMetrics(values, weight.shape) : NONE),
    skipped,
  };
}

/**
 * Every weight of a model in numbers: moments, norms, zeros, and for kernels what their singular values say. Values are
 * those that layers compute with, parametrizations applied; everything is accumulated in float64.
 *
 * A kernel of rank 3 or more is read as the matrix whose columns are its last axis and whose rows are all axes before it.
 * Weights with NaN or infinity are no error here, since a summary is how one finds them: they are counted in `nonFinite`,
 * and the spectral fields are null. A matrix of zeros has spectral norm, stable rank and effective rank 0 and condition
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
  for (const weight of weightsOf(source, filter)) summaries.push(await summaryOf(weight, spectra, maxCost));
  return summaries;
}
