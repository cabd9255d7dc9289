import type { Parametrization } from './parametrization.ts';

/**
 * Folds several parametrizations, all or none.
 *
 * @param parametrizations - handles from {@link parametrize}, on one or more weights
 * @throws Error when one is no longer in place or lies above one without a right inverse; then nothing has changed
 */
export function foldAll(parametrizations: readonly Parametrization[]): void {
  for (const { installed, foldable, path } of parametrizations) {
    if (!installed) throw new Error(`fold: parametrization must be in place, got one already removed from ${path}`);
    if (!foldable)
      throw new Error(`fold: every parametrization below must have a rightInverse, got one without at ${path}`);
  }
  for (const parametrization of parametrizations) parametrization.fold();
}
