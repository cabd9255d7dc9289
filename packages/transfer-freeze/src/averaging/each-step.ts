import type * as tf from '@tensorflow/tfjs-core';
import { type Tap, tapOptimizer, watchOptimizers } from '@weightkit/core';

/**
 * Taps every optimizer that steps some variables, until released, and is the last of its taps to run: what others do to weights after a
 * step, as parameter groups and constraints do, is done by then.
 *
 * @param variables - those that are meant
 * @param only - the only optimizer that counts, if one is named; it is tapped at once, for a loop that hands it gradients of its own
 */
export function eachStep(variables: readonly tf.Variable[], tap: Tap, only: tf.Optimizer | undefined): () => void {
  const taps = new Map<tf.Optimizer, () => void>();
  const own = new Set(variables);
  const tapLast = (optimizer: tf.Optimizer): void => {
    const before = taps.get(optimizer);
    // The new one first: an optimizer without any tap forgets whose moments it has.
    taps.set(optimizer, tapOptimizer(optimizer, tap));
    before?.();
  };
  if (only) tapLast(only);
  const unwatch = watchOptimizers((optimizer, varList) => {
    if (only ? optimizer === only : !varList || varList.some((variable) => own.has(variable))) tapLast(optimizer);
  });
  return () => {
    unwatch();
    for (const untap of taps.values()) untap();
    taps.clear();
  };
}
