import { type CheckpointTensor, checkListening, type TensorFilter, tensorMatcher } from '@weightkit/checkpoint';
import { checkOptions, checkRange } from '@weightkit/numerics/check';

/** What all readings of checkpoints take. */
export interface ReadOptions {
  /** Called after each tensor; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: { tensor: string; done: number; total: number }) => void | Promise<void>;
  /** Stops between pieces. @defaultValue none */
  signal?: AbortSignal;
}

/** Throws unless options are those of a reading, or the named ones. */
export function checkReadOptions(fn: string, options: ReadOptions, more: readonly string[]): void {
  checkOptions(fn, options, [...more, 'onProgress', 'signal']);
  checkListening(fn, options);
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
