import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import { compare, type TensorDelta } from '@weightkit/weight-metrics/checkpoint';
import { entriesOf, storedAs } from './stored-as.ts';

/** What became of a tensor. */
export type DiffStatus = 'equal' | 'changed' | 'only before' | 'only after' | 'other shape' | 'other type';

/** A tensor in `diff`. */
export interface DiffedTensor {
  readonly name: string;
  readonly status: DiffStatus;
  /** Null where a side lacks it. */
  readonly shapes: readonly [before: readonly number[] | null, after: readonly number[] | null];
  readonly stored: readonly [before: string | null, after: string | null];
  readonly parameters: number;
  /** Largest |after - before|; null where nothing was compared. */
  readonly maxAbs: number | null;
  /** ‖after - before‖ / ‖before‖. */
  readonly relative: number | null;
  readonly cosine: number | null;
  /** Entries that differ. */
  readonly changed: number | null;
  /** Entries that are NaN or infinite on either side; the measures leave them out. */
  readonly nonFinite: number | null;
  /** Why nothing was compared. */
  readonly reason: string | null;
}

/** What `diff` says of two checkpoints. */
export interface Difference {
  readonly tensors: readonly DiffedTensor[];
  /** Whether names, shapes, types and all values are the same. */
  readonly same: boolean;
  /** Whether names and shapes are the same and no value went further than was allowed; null where nothing was allowed. */
  readonly within: boolean | null;
  readonly maxAbs: number | null;
}

/** Options of {@link diff}. */
export interface DiffOptions {
  /** How far a value may go. */
  readonly maxAbs?: number | undefined;
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

function statusOf(delta: TensorDelta, before?: CheckpointTensor, after?: CheckpointTensor): DiffStatus {
  if (!before) return 'only after';
  if (!after) return 'only before';
  if (`${before.shape}` !== `${after.shape}`) return 'other shape';
  const same = delta.matched ? delta.changed === 0 : delta.same;
  if (!same) return 'changed';
  return before.dtype === after.dtype ? 'equal' : 'other type';
}

/** A NaN that comes or goes has no distance, so that of a tensor with such entries all must be equal. */
const isWithin = ({ status, maxAbs, nonFinite }: DiffedTensor, allowed: number): boolean => {
  if (status === 'equal' || status === 'other type') return true;
  return status === 'changed' && maxAbs !== null && nonFinite === 0 && maxAbs <= allowed;
};

/**
 * What differs between two checkpoints: tensors that one lacks, shapes, and how far values went.
 *
 * @param before - borrowed
 * @param after - borrowed
 * @param options - see {@link DiffOptions}
 */
export async function diff(before: Checkpoint, after: Checkpoint, options: DiffOptions = {}): Promise<Difference> {
  const { maxAbs, onProgress, signal } = options;
  const deltas = await compare(before, after, {
    onProgress: ({ tensor, done, total }) => onProgress?.(tensor, done, total),
    ...(signal ? { signal } : {}),
  });
  const sides = [before, after].map(({ tensors }) => new Map(tensors.map((tensor) => [tensor.name, tensor])));
  const tensors = deltas.map((delta): DiffedTensor => {
    const [was, is] = sides.map((side) => side.get(delta.name));
    const measured = delta.matched ? delta : null;
    return {
      name: delta.name,
      status: statusOf(delta, was, is),
      shapes: [was?.shape ?? null, is?.shape ?? null],
      stored: [was ? storedAs(was) : null, is ? storedAs(is) : null],
      parameters: entriesOf((was ?? is)!),
      maxAbs: measured?.maxAbs ?? null,
      relative: measured?.relative ?? null,
      cosine: measured?.cosine ?? null,
      changed: measured?.changed ?? null,
      nonFinite: measured?.nonFinite ?? null,
      reason: delta.matched ? null : delta.reason,
    };
  });
  const largest = tensors.flatMap((tensor) => tensor.maxAbs ?? []);
  return {
    tensors,
    same: tensors.every(({ status }) => status === 'equal'),
    within: maxAbs === undefined ? null : tensors.every((tensor) => isWithin(tensor, maxAbs)),
    maxAbs: largest.length > 0 ? largest.reduce((a, b) => Math.max(a, b)) : null,
  };
}
