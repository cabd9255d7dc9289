import type { Checkpoint, CheckpointTensor, Format } from '@weightkit/checkpoint';
import { histograms, summarize } from '@weightkit/weight-metrics/checkpoint';
import { entriesOf, storedAs } from './stored-as.ts';

/** What a tensor's entries are like. */
export interface TensorStatistics {
  /** Entries that are 0. */
  readonly zeros: number;
  /** Entries that are NaN or infinite; all that follows leaves them out. */
  readonly nonFinite: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  /** Entries in eight bins of equal width from min to max. */
  readonly histogram: readonly number[];
}

/** A tensor in `inspect`. */
export interface InspectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly storedAs: string;
  readonly parameters: number;
  readonly bytes: number;
  /** Null where only the header was read, or the entries are no real numbers. */
  readonly statistics: TensorStatistics | null;
}

/** What `inspect` says of a checkpoint. */
export interface Inspection {
  readonly format: Format;
  /** Whether only names, shapes and types were read. */
  readonly headerOnly: boolean;
  readonly tensors: readonly InspectedTensor[];
  readonly parameters: number;
  /** Of all tensors as stored. */
  readonly bytes: number;
  /** What stands beside the tensors. */
  readonly extras: readonly string[];
}

/** Options of {@link inspect}. */
export interface InspectOptions {
  readonly headerOnly: boolean;
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const BINS = 8;

async function statisticsOf(
  checkpoint: Checkpoint,
  tensor: CheckpointTensor,
  signal: AbortSignal | undefined,
): Promise<TensorStatistics | null> {
  const alone = { ...checkpoint, tensors: [tensor] };
  const listening = signal ? { signal } : {};
  const [summary] = await summarize(alone, { spectra: false, ...listening });
  const { zeros, nonFinite, min, max, mean, std } = summary!;
  if (summary!.l2 === null) return null;
  const none = { zeros, nonFinite, min: null, max: null, mean: null, std: null, histogram: [] };
  // Nothing is finite, or there is nothing.
  if (min === null || max === null || !(min <= max)) return none;
  // One reading less than with a range of its own.
  const range = [min, max] as const;
  const [found] = await histograms(alone, { bins: BINS, range, filter: () => true, ...listening }).catch((error) => {
    // So near to each other that eight bins have no edges between them.
    if (error instanceof RangeError) return [undefined];
    throw error;
  });
  return { zeros, nonFinite, min, max, mean, std, histogram: found ? [...found.counts] : [] };
}

const namesOf = ({ extras: { modelJson = [], metadata = {}, arrays = {} } }: Checkpoint): string[] => [
  ...modelJson.map(([key]) => key),
  ...Object.keys(metadata).map((key) => `metadata ${key}`),
  ...Object.entries(arrays).map(([name, dtype]) => `array ${name} (no numbers: ${dtype})`),
];

/**
 * What is in a checkpoint: every tensor with its shape and types and, unless only the header is wanted, what its entries are like.
 *
 * @param checkpoint - borrowed
 * @param options - see {@link InspectOptions}
 */
export async function inspect(checkpoint: Checkpoint, options: InspectOptions): Promise<Inspection> {
  const { headerOnly, onProgress, signal } = options;
  const tensors: InspectedTensor[] = [];
  for (const tensor of checkpoint.tensors) {
    const { name, shape, dtype, byteLength: bytes } = tensor;
    const statistics = headerOnly ? null : await statisticsOf(checkpoint, tensor, signal);
    tensors.push({ name, shape, dtype, storedAs: storedAs(tensor), parameters: entriesOf(tensor), bytes, statistics });
    onProgress?.(name, tensors.length, checkpoint.tensors.length);
  }
  return {
    format: checkpoint.format,
    headerOnly,
    tensors,
    parameters: tensors.reduce((sum, { parameters }) => sum + parameters, 0),
    bytes: tensors.reduce((sum, one) => sum + one.bytes, 0),
    extras: namesOf(checkpoint),
  };
}
