import type * as tf from '@tensorflow/tfjs-core';
import { checkListening } from '@weightkit/checkpoint';
import { type Weight, type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { breathe } from '../values/breathe.ts';
import { countNonFinite, whyNotFinite } from '../values/non-finite.ts';
import { numbersOf, readEntries, sizeOf, whyNoNumbers } from '../values/read-values.ts';
import { CHOICE, readChoice, type SpectraChoice, type SpectraRow, skippedRow, spectraRow } from './spectra-row.ts';
import { whyNoSpectrum } from './spectral-metrics.ts';

/** How far {@link spectra} of a model is. */
export interface SpectraProgress {
  /** The weight that was done last. */
  path: string;
  /** How many weights are done. */
  done: number;
  /** How many there are. */
  total: number;
}

/** Options of {@link spectra}. */
export interface SpectraOptions extends SpectraChoice {
  /**
   * Which weights.
   * @defaultValue all
   */
  filter?: WeightFilter;
  /** Called after each weight; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: SpectraProgress) => void | Promise<void>;
  /** Stops between weights. @defaultValue none */
  signal?: AbortSignal;
}

/** The spectral metrics of one weight of a model. */
export interface WeightSpectra extends SpectraRow {
  /** Path, see `weightsOf`. */
  path: string;
  /** Data type. */
  dtype: tf.DataType;
  /** Shape. */
  shape: number[];
  /** Number of entries. */
  parameters: number;
  /** NaN and infinite entries; with one the weight has no spectrum. */
  nonFinite: number;
}

async function rowOf(weight: Weight, choice: Required<SpectraChoice>): Promise<WeightSpectra> {
  const { path, dtype, shape } = weight;
  const about = { path, dtype, shape: [...shape], parameters: sizeOf(weight) };
  const unreal = whyNoNumbers(weight);
  if (unreal !== null) return { ...about, nonFinite: 0, ...skippedRow(unreal) };
  const whole = dtype === 'float32' ? null : `${dtype} entries, not floats`;
  const without = whole ?? whyNoSpectrum(weight, true, choice.maxCost);
  const values = numbersOf((await readEntries(weight)) as Float32Array);
  const nonFinite = countNonFinite(values);
  const skipped = without ?? whyNotFinite(nonFinite);
  if (skipped !== null) return { ...about, nonFinite, ...skippedRow(skipped) };
  await breathe();
  return { ...about, nonFinite, ...spectraRow(values, shape, choice) };
}

/**
 * Spectral metrics of every weight of a model: singular values, norms, ranks, condition number, power law, bulk. Each weight has a row;
 * where a metric cannot be computed the row says why, and a NaN in one weight changes nothing in the others.
 *
 * @example
 * const [kernel, bias] = await spectra(model, { metrics: ['spectralNorm', 'marchenkoPastur'] });
 * console.log(kernel.path, kernel.spectralNorm > 0, kernel.reasons.marchenkoPastur); // -> dense1/kernel true 8 singular values, fewer than 10
 * console.log(bias.skipped); // -> not a kernel of rank 2 or more
 *
 * @param source - a built model or layer, a GraphModel, or variables
 * @param options - what to compute, of which weights
 * @returns one row per weight, in the order of `weightsOf`
 * @throws TypeError or RangeError for bad options, or as `weightsOf`; what the signal says when it stops the call
 */
export async function spectra(source: WeightSource, options: SpectraOptions = {}): Promise<WeightSpectra[]> {
  const fn = 'spectra';
  checkOptions(fn, options, [...CHOICE, 'filter', 'onProgress', 'signal']);
  checkListening(fn, options);
  const choice = readChoice(fn, options);
  const weights = weightsOf(source, options.filter, fn);
  const rows: WeightSpectra[] = [];
  for (const weight of weights) {
    options.signal?.throwIfAborted();
    rows.push(await rowOf(weight, choice));
    await options.onProgress?.({ path: weight.path, done: rows.length, total: weights.length });
  }
  return rows;
}
