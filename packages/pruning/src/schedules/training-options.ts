import type * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';

/** What callbacks that change masks while a model trains have to know of the training. */
export interface TrainingOptions {
  /**
   * What steps the weights in a training loop of one's own. `fit` and `fitDataset` say it themselves.
   * @defaultValue that of the model, where it is compiled
   */
  optimizer?: tf.Optimizer;
  /**
   * Whether each epoch ends with `pruning.check()`. Take false where something on top of a mask is meant to fill its zeros.
   * @defaultValue true
   */
  check?: boolean;
}

/** The names of these options. */
export const TRAINING_NAMES = ['optimizer', 'check'] as const;

/** The options with their defaults; throws unless they are right. */
export function checkTraining(fn: string, { optimizer, check = true }: TrainingOptions): TrainingOptions {
  checkType(
    optimizer === undefined || typeof optimizer?.applyGradients === 'function',
    `${fn}: optimizer must be a tf.Optimizer`,
    optimizer,
  );
  checkType(typeof check === 'boolean', `${fn}: check must be a boolean`, check);
  return { check, ...(optimizer && { optimizer }) };
}
