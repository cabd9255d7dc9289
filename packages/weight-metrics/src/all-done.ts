/**
 * Waits for every promise, then gives their values or throws the first error. With `Promise.all` the error comes while others
 * still run, and hold their tensors.
 */
export async function allDone<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
