import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  type TensorFilter,
  whyNoNumbers,
} from '@weightkit/checkpoint';
import { mergeMoments, moments } from '@weightkit/numerics';
import { checkSpectra } from '../spectral/of-singular-values.ts';
import {
  type Counts,
  countComplex,
  type SummaryNumbers,
  summaryOfCounts,
  summaryOfMoments,
} from '../statistics/summary.ts';
import { numbersIn, numbersOf, sizeOf } from './read-numbers.ts';
import { checkReadOptions, filtered, type ReadOptions } from './read-options.ts';
import { whyNoSpectrum } from './why-no-spectrum.ts';

/** Options of {@link summarize}. */
export interface SummarizeCheckpointOptions extends ReadOptions {
  /**
   * Which tensors. One that matches nothing is an error.
   * @defaultValue all
   */
  filter?: TensorFilter;
  /**
   * Whether to compute the singular values of float tensors of rank 2 or more. These are read whole, so a tensor of more than
   * 2^22 entries has none.
   * @defaultValue true
   */
  spectra?: boolean;
  /**
   * Tensors with rows · cols · min(rows, cols) above this get no spectral metrics: 0 or more. The time is proportional to it; the
   * default takes a square matrix of 1024 rows.
   * @defaultValue 2^30
   */
  maxCost?: number;
}

/** One tensor of a file in numbers; null where it has no real numbers. */
export interface TensorSummary extends SummaryNumbers {
  /** Name. */
  name: string;
  /** Data type, once decoded. */
  dtype: CheckpointTensor['dtype'];
  /** How it is stored: `plain`, `affine`, `float16` or `ggml`. */
  encoding: CheckpointTensor['encoding']['kind'];
  /** Shape. */
  shape: number[];
  /** Bytes as stored. */
  bytes: number;
}

/** Counts complex numbers; of others that are no real numbers nothing. */
async function countsOf(tensor: CheckpointTensor, signal: AbortSignal | undefined): Promise<Counts> {
  const counts = { count: 0, zeros: 0, nonFinite: 0 };
  if (tensor.dtype === 'complex64') for await (const parts of numbersIn(tensor, signal)) countComplex(counts, parts);
  return counts;
}

async function summaryOf(
  tensor: CheckpointTensor,
  spectra: boolean,
  maxCost: number,
  signal: AbortSignal | undefined,
): Promise<TensorSummary> {
  const { name, dtype, encoding, shape, byteLength: bytes } = tensor;
  const parameters = sizeOf(tensor);
  const about = { name, dtype, encoding: encoding.kind, shape: [...shape], parameters, bytes };
  const unreal = whyNoNumbers(tensor);
  if (unreal !== null) return { ...about, ...summaryOfCounts(await countsOf(tensor, signal), parameters, unreal) };
  let statistics = moments(new Float32Array(0));
  for await (const numbers of numbersIn(tensor, signal)) statistics = mergeMoments(statistics, moments(numbers));
  const without = whyNoSpectrum(tensor, spectra, maxCost);
  const values = async () => numbersOf(await tensor.values());
  return { ...about, ...(await summaryOfMoments(statistics, { parameters, shape, without }, values)) };
}

/**
 * Every tensor of a checkpoint in numbers: moments, norms, zeros, and for float tensors of rank 2 or more what their singular
 * values say. Read piece by piece, so that memory stays at a few megabytes whatever the size, and accumulated in float64.
 *
 * Values are those that the file stands for: codes are decoded. A tensor of rank 3 or more is read as the matrix whose columns are
 * its last axis. NaN and infinity are counted in `nonFinite` and left out of everything else. int64 and uint64 beyond 2^53 are
 * rounded to float64; complex numbers are counted; what has no real numbers (strings, blocks and codes that are not decoded) has
 * null in its fields, and `skipped` says why.
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { summarize } from '@weightkit/weight-metrics/checkpoint';
 *
 * const weightSpecs = [{ name: 'w', shape: [2, 2], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(3, 0, 0, -4).buffer });
 * const [w] = await summarize(checkpoint);
 * console.log(w.name, w.sparsity, w.l2, w.spectralNorm); // -> w 0.5 5 4
 * ```
 *
 * @param checkpoint - of `openCheckpoint`, `mapCheckpoint` or a transform; borrowed
 * @param options - see {@link SummarizeCheckpointOptions}
 * @returns one summary per tensor, in the file's order
 * @throws TypeError or RangeError for bad options; CheckpointError when the file cannot be read
 */
export async function summarize(
  checkpoint: Checkpoint,
  options: SummarizeCheckpointOptions = {},
): Promise<TensorSummary[]> {
  const fn = 'summarize';
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  checkReadOptions(fn, options, ['filter', 'spectra', 'maxCost']);
  const { filter, spectra = true, maxCost = 2 ** 30, onProgress, signal } = options;
  checkSpectra(fn, spectra, maxCost);
  const tensors = filtered(fn, checkpoint.tensors, filter);
  const summaries: TensorSummary[] = [];
  for (const tensor of tensors) {
    summaries.push(await summaryOf(tensor, spectra, maxCost, signal));
    await onProgress?.({ tensor: tensor.name, done: summaries.length, total: tensors.length });
  }
  return summaries;
}
