import { checkType } from '@weightkit/numerics/check';
import type { Parametrization } from './parametrization.ts';

/**
 * Folds several parametrizations, all or none.
 *
 * @param parametrizations - handles from {@link parametrize}, on one or more weights
 * @param fn - the function that asks, for the message of an error
 * @throws Error when one is no longer in place or lies above one without a right inverse; then nothing has changed
 */
export function foldAll(parametrizations: readonly Parametrization[], fn = 'foldAll'): void {
  checkType(Array.isArray(parametrizations), `${fn}: parametrizations must be a list of handles`, parametrizations);
  for (const handle of parametrizations)
    checkType(typeof handle?.fold === 'function', `${fn}: parametrizations must be handles of parametrize`, handle);
  for (const { installed, foldable, path } of parametrizations) {
    if (!installed) throw new Error(`${fn}: parametrization must be in place, got one already removed from ${path}`);
    if (!foldable)
      throw new Error(`${fn}: every parametrization below must have a rightInverse, got one without at ${path}`);
  }
  for (const parametrization of parametrizations) parametrization.fold();
}
