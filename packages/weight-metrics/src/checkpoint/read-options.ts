import { type Checkpoint, type CheckpointTensor, type TensorFilter, tensorMatcher } from '@weightkit/checkpoint';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';

/** What all readings of checkpoints take. */
export interface ReadOptions {
  /** Called after each tensor; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: { tensor: string; done: number; total: number }) => void | Promise<void>;
  /** Stops between pieces. @defaultValue none */
  signal?: AbortSignal;
}

/** Throws unless a checkpoint was given. */
export function checkCheckpoint(fn: string, what: string, checkpoint: Checkpoint): void {
  checkType(Array.isArray(checkpoint?.tensors), `${fn}: ${what} must be one of openCheckpoint`, checkpoint);
}

/** Throws unless options are those of a reading, or the named ones. */
export function checkReadOptions(fn: string, options: ReadOptions, more: readonly string[]): void {
  checkOptions(fn, options, [...more, 'onProgress', 'signal']);
  const { onProgress, signal } = options;
  checkType(
    onProgress === undefined || typeof onProgress === 'function',
    `${fn}: onProgress must be a function`,
    onProgress,
  );
  checkType(signal === undefined || signal instanceof AbortSignal, `${fn}: signal must be an AbortSignal`, signal);
}

/** The tensors that a filter lets through; it must match one. */
export function filtered(
  fn: string,
  tensors: readonly CheckpointTensor[],
  filter: TensorFilter | undefined,
): readonly CheckpointTensor[] {
  if (filter === undefined) return tensors;
  const chosen = tensors.filter(tensorMatcher(fn, filter));
  checkRange(
    chosen.length > 0,
    `${fn}: filter must match a tensor`,
    tensors.slice(0, 3).map(({ name }) => name),
  );
  return chosen;
}
