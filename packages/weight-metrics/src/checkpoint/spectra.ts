import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  type TensorFilter,
  whyNoNumbers,
} from '@weightkit/checkpoint';
import {
  CHOICE,
  readChoice,
  type SpectraChoice,
  type SpectraRow,
  skippedRow,
  spectraRow,
} from '../spectral/spectra-row.ts';
import { breathe } from '../values/breathe.ts';
import { countNonFinite, whyNotFinite } from '../values/non-finite.ts';
import { numbersIn, numbersOf, sizeOf } from './read-numbers.ts';
import { checkReadOptions, filtered, type ReadOptions } from './read-options.ts';
import { whyNoSpectrum } from './why-no-spectrum.ts';

/** Options of {@link spectra}. */
export interface CheckpointSpectraOptions extends ReadOptions, SpectraChoice {
  /**
   * Which tensors. One that matches nothing is an error.
   * @defaultValue all
   */
  filter?: TensorFilter;
}

/** The spectral metrics of one tensor of a checkpoint. */
export interface TensorSpectra extends SpectraRow {
  /** Name. */
  name: string;
  /** Data type, once decoded. */
  dtype: CheckpointTensor['dtype'];
  /** Shape. */
  shape: number[];
  /** Number of entries. */
  parameters: number;
  /** NaN and infinite entries; with one the tensor has no spectrum. Not counted where there are no real numbers. */
  nonFinite: number;
}

async function nonFiniteIn(tensor: CheckpointTensor, signal: AbortSignal | undefined): Promise<number> {
  let count = 0;
  for await (const numbers of numbersIn(tensor, signal)) count += countNonFinite(numbers);
  return count;
}

async function rowOf(
  tensor: CheckpointTensor,
  choice: Required<SpectraChoice>,
  signal: AbortSignal | undefined,
): Promise<TensorSpectra> {
  const { name, dtype, shape } = tensor;
  const about = { name, dtype, shape: [...shape], parameters: sizeOf(tensor) };
  const unreal = whyNoNumbers(tensor);
  if (unreal !== null) return { ...about, nonFinite: 0, ...skippedRow(unreal) };
  const nonFinite = await nonFiniteIn(tensor, signal);
  const skipped = whyNoSpectrum(tensor, true, choice.maxCost) ?? whyNotFinite(nonFinite);
  if (skipped !== null) return { ...about, nonFinite, ...skippedRow(skipped) };
  const values = numbersOf(await tensor.values());
  await breathe();
  return { ...about, nonFinite, ...spectraRow(values, shape, choice) };
}

/**
 * Spectral metrics of every tensor of a checkpoint: singular values, norms, ranks, condition number, power law, bulk. Each tensor has a
 * row; where a metric cannot be computed the row says why, and a NaN in one tensor changes nothing in the others. A tensor of more than
 * 2^22 entries has none.
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { spectra } from '@weightkit/weight-metrics/checkpoint';
 *
 * const weightSpecs = [{ name: 'w', shape: [2, 2], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(3, 0, 0, -4).buffer });
 * const [w] = await spectra(checkpoint, { metrics: ['nuclearNorm'] });
 * console.log(w.name, w.singularValues, w.nuclearNorm); // -> w Float64Array(2) [ 4, 3 ] 7
 * ```
 *
 * @param checkpoint - of `openCheckpoint`, `mapCheckpoint` or a transform; borrowed
 * @param options - what to compute, of which tensors
 * @returns one row per tensor, in the file's order
 * @throws TypeError or RangeError for bad options; CheckpointError when the file cannot be read; what the signal says when it stops the call
 */
export async function spectra(
  checkpoint: Checkpoint,
  options: CheckpointSpectraOptions = {},
): Promise<TensorSpectra[]> {
  const fn = 'spectra';
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  checkReadOptions(fn, options, [...CHOICE, 'filter']);
  const choice = readChoice(fn, options);
  const { filter, onProgress, signal } = options;
  const tensors = filtered(fn, checkpoint.tensors, filter);
  const rows: TensorSpectra[] = [];
  for (const tensor of tensors) {
    signal?.throwIfAborted();
    rows.push(await rowOf(tensor, choice, signal));
    await onProgress?.({ tensor: tensor.name, done: rows.length, total: tensors.length });
  }
  return rows;
}
