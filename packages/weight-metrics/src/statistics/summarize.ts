import type * as tf from '@tensorflow/tfjs-core';
import { type Weight, type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import { checkOptions } from '@weightkit/numerics/check';
import { checkSpectra } from '../spectral/of-singular-values.ts';
import { whyNoSpectrum } from '../spectral/spectral-metrics.ts';
import { isReal, numbersOf, readEntries, sizeOf } from '../values/read-values.ts';
import { countComplex, type SummaryNumbers, summaryOfCounts, summaryOfMoments } from './summary.ts';

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

/** One weight in numbers. */
export interface WeightSummary extends SummaryNumbers {
  /** Path, see `weightsOf`. */
  path: string;
  /** Data type. */
  dtype: tf.DataType;
  /** Shape. */
  shape: number[];
  /** Whether `fit` would train it. */
  trainable: boolean;
}

async function summaryOf(weight: Weight, spectra: boolean, maxCost: number): Promise<WeightSummary> {
  const { path, dtype, shape, trainable } = weight;
  const [entries, parameters] = [await readEntries(weight), sizeOf(weight)];
  const about = { path, dtype, shape: [...shape], parameters, trainable };
  const without = whyNoSpectrum(weight, spectra, maxCost);
  if (!isReal(dtype)) {
    const counts = { count: 0, zeros: 0, nonFinite: 0 };
    if (dtype === 'complex64') countComplex(counts, entries as Float32Array);
    return { ...about, ...summaryOfCounts(counts, parameters, without) };
  }
  const values = numbersOf(entries as Float32Array);
  return { ...about, ...(await summaryOfMoments(moments(values), { parameters, shape, without }, () => values)) };
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
