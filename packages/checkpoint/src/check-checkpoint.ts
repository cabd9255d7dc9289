import { checkFunction, checkType } from '@weightkit/numerics/check';
import type { Checkpoint, CheckpointTensor } from './checkpoint.ts';

/** Whether a value has what tensors are read by. */
export function isTensor(value: unknown): value is CheckpointTensor {
  if (typeof value !== 'object' || value === null) return false;
  const { name, shape, encoding, bytes, chunks, byteChunks } = value as Partial<CheckpointTensor>;
  const methods = [bytes, chunks, byteChunks].every((method) => typeof method === 'function');
  return typeof name === 'string' && Array.isArray(shape) && typeof encoding?.kind === 'string' && methods;
}

/**
 * Throws a TypeError unless a value is a checkpoint: of `openCheckpoint`, `mapCheckpoint` or a transform, and no promise of one.
 *
 * @param fn - the function that was called, for the message
 * @param what - the argument's name
 * @param checkpoint - the caller's value
 */
export function checkCheckpoint(fn: string, what: string, checkpoint: unknown): asserts checkpoint is Checkpoint {
  const rule = `${fn}: ${what} must be one of openCheckpoint`;
  const { tensors, extras } = Object(checkpoint) as Partial<Checkpoint>;
  checkType(Array.isArray(tensors) && typeof extras === 'object' && extras !== null, rule, checkpoint);
  for (const tensor of tensors) checkType(isTensor(tensor), `${fn}: tensors of ${what} must be tensors`, tensor);
}

/** The options of everything that reads or writes whole checkpoints. */
export interface Listening {
  /** Called as it goes on. */
  onProgress?: unknown;
  /** Stops it. */
  signal?: unknown;
}

/**
 * Throws a TypeError unless `onProgress` is a function and `signal` an AbortSignal, where they are given.
 *
 * @param fn - the function that was called, for the message
 * @param options - the caller's options, of names that have been checked
 */
export function checkListening(fn: string, { onProgress, signal }: Listening): void {
  if (onProgress !== undefined) checkFunction(fn, 'onProgress', onProgress);
  checkType(signal === undefined || signal instanceof AbortSignal, `${fn}: signal must be an AbortSignal`, signal);
}
