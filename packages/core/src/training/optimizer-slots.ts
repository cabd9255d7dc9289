import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { isKept, steppedNames } from './stepped-names.ts';

/** What an optimizer keeps of one variable between steps: a momentum, a mean of squares. */
export interface OptimizerSlot {
  /** What tfjs calls it: `momentum`, `m`, `v`, `rms`, `mg`, `accumulator`, `accum_grad` or `accum_var`. */
  name: string;
  /** The tensor, of the variable's shape. Borrowed; `assign` changes it. */
  variable: tf.Variable;
  /** What each of its entries is before the first step. */
  initial: number;
}

/** Where the optimizer keeps a variable's state in its lists; -1 where it is not known. */
function placeOf(optimizer: tf.Optimizer, list: readonly unknown[], { name }: tf.Variable): number {
  const stepped = steppedNames.get(optimizer);
  if (stepped) return stepped.indexOf(name);
  return list.findIndex(
    (entry) => isKept(entry) && entry.originalName.slice(0, entry.originalName.lastIndexOf('/')) === name,
  );
}

/**
 * What an optimizer of TensorFlow.js keeps of a variable: nothing before its first step, and nothing for `sgd`.
 *
 * Optimizers keep it by the place of the variable in the list that they are given. A tapped optimizer ({@link tapOptimizer}) has
 * shown that list in its last step; of another one the names go, which a state that was loaded from a file may not have.
 *
 * @example
 * const v = tf.variable(tf.tensor1d([1, 2]));
 * const optimizer = tf.train.momentum(0.1, 0.9);
 * optimizer.minimize(() => tf.sum(tf.square(v)), false, [v]);
 * const [momentum] = optimizerSlots(optimizer, v);
 * console.log(momentum.name, (await momentum.variable.data()).join(' ')); // -> momentum 2 4
 *
 * @param optimizer - an optimizer of `tf.train`
 * @param variable - what it steps
 * @returns the tensors, in the optimizer's order; living ones alone
 * @throws TypeError for what is no optimizer or no variable
 */
export function optimizerSlots(optimizer: tf.Optimizer, variable: tf.Variable): OptimizerSlot[] {
  checkType(
    typeof optimizer?.applyGradients === 'function',
    'optimizerSlots: optimizer must be a tf.Optimizer (compile the model first)',
    optimizer,
  );
  checkType(variable instanceof tf.Variable, 'optimizerSlots: variable must be a tf.Variable', variable);
  const { initialAccumulatorValue: initial = 0 } = optimizer as { initialAccumulatorValue?: number };
  return Object.values(optimizer).flatMap((list: unknown) => {
    const entry: unknown = Array.isArray(list) ? list[placeOf(optimizer, list, variable)] : undefined;
    if (!isKept(entry) || entry.variable.isDisposed || !tf.util.arraysEqual(entry.variable.shape, variable.shape))
      return [];
    return [{ name: entry.originalName.split('/').at(-1)!, variable: entry.variable, initial }];
  });
}
