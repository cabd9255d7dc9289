import { checkInteger, checkOptions } from '@weightkit/numerics/check';
import { checkSparsity } from '../masks/amount.ts';
import { checkSteps, isTurn, type Schedule, type ScheduleSteps } from './schedule.ts';

/** Options of {@link constantSparsity}. */
export interface ConstantSparsityOptions extends ScheduleSteps {
  /** The sparsity: a number in [0, 1). */
  sparsity: number;
  /**
   * The last step that may prune: an integer, `begin` or more.
   * @defaultValue Infinity
   */
  end?: number;
}

/**
 * The schedule that prunes to one sparsity: s(t) = s at t = begin, begin + frequency, ... up to end.
 *
 * The law of TensorFlow Model Optimization's `ConstantSparsity`. As pruned entries stay pruned, the first time does it all,
 * unless `pruneDuring` lets entries regrow.
 *
 * @param options - the sparsity and the steps
 * @returns step -> sparsity, or undefined where the step prunes nothing
 * @throws RangeError for a sparsity outside [0, 1), begin < 0, end < begin or frequency < 1
 */
export function constantSparsity(options: ConstantSparsityOptions): Schedule {
  checkOptions('constantSparsity', options, ['sparsity', 'begin', 'end', 'frequency']);
  const { sparsity, begin = 0, end = Number.POSITIVE_INFINITY, frequency = 100 } = options ?? {};
  checkSparsity('constantSparsity', 'sparsity', sparsity);
  checkSteps('constantSparsity', begin, end, frequency);
  return (step) => {
    checkInteger('constantSparsity', 'step', step);
    return isTurn(step, begin, end, frequency) ? sparsity : undefined;
  };
}
