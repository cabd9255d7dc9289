import { checkType } from '@weightkit/numerics/check';

/**
 * Waits for every promise, then gives their values or throws the first error. With `Promise.all` the error comes while others
 * still run and read tensors, which the caller may dispose then.
 *
 * @param promises - promises and plain values
 * @returns their values in order
 * @throws the error of the first in the list that has failed, when all have ended
 */
export async function allDone<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  checkType(Array.isArray(promises), 'allDone: promises must be a list', promises);
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
