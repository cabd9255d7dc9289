import { checkFunction, checkType } from '@weightkit/numerics/check';

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
