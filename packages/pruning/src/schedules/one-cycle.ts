import { checkInteger, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkSparsity } from '../masks/amount.ts';
import { checkSteps, isTurn, type Schedule, type ScheduleSteps } from './schedule.ts';

/** Options of {@link oneCycle}. */
export interface OneCycleOptions extends ScheduleSteps {
  /**
   * The sparsity that the schedule rises from: a number in [0, 1).
   * @defaultValue 0
   */
  initial?: number;
  /** The sparsity at `end`: a number in [0, 1). */
  final: number;
  /** The step that prunes to `final`, the last: an integer, `begin` or more. */
  end: number;
  /**
   * α, how steep the middle is: finite, above 0.
   * @defaultValue 14
   */
  alpha?: number;
  /**
   * β, how late the middle comes: half of the way is gone at about p = β / α. A number from -700 to 700.
   * @defaultValue 5
   */
  beta?: number;
}

/**
 * The schedule of One-Cycle Pruning, for one training that prunes from its first step to its last: slow while little is learnt, fast at
 * about a third, slow at the end. s(t) = s_i + (s_f - s_i) * (1 + e^(β - α)) / (1 + e^(β - α p)) with
 * p = (t - begin) / (end - begin), at t = begin, begin + frequency, ... and at end, where it is s_f = final.
 *
 * Hubens, Mancas, Gosselin, Preda and Zaharia 2021, https://arxiv.org/abs/2107.02086, whose code has the same α and β. The law
 * does not begin at s_i itself: with the defaults 0.7 % of the way is gone at `begin`.
 *
 * @example
 * const schedule = oneCycle({ final: 0.9, end: 1000 });
 * console.log(schedule(400).toFixed(3), schedule(401), schedule(1000)); // -> 0.581 undefined 0.9
 *
 * @param options - the sparsities and the steps
 * @returns step -> sparsity, or undefined where the step prunes nothing
 * @throws RangeError for a sparsity outside [0, 1), begin < 0, end < begin or infinite, frequency < 1, or α or β out of range
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  checkOptions('oneCycle', options, ['initial', 'final', 'begin', 'end', 'alpha', 'beta', 'frequency']);
  const { initial = 0, final, begin = 0, end, alpha = 14, beta = 5, frequency = 100 } = options ?? {};
  checkSparsity('oneCycle', 'initial', initial);
  checkSparsity('oneCycle', 'final', final);
  checkSteps('oneCycle', begin, end, frequency);
  checkRange(Number.isFinite(end), 'oneCycle: end must be finite', end);
  checkNumber('oneCycle: alpha must be finite and above 0', alpha, (a) => Number.isFinite(a) && a > 0);
  checkNumber('oneCycle: beta must be in [-700, 700]', beta, (b) => Math.abs(b) <= 700);
  return (step) => {
    checkInteger('oneCycle', 'step', step);
    if (step === end) return final;
    if (!isTurn(step, begin, end, frequency)) return undefined;
    const progress = (step - begin) / (end - begin);
    return initial + ((final - initial) * (1 + Math.exp(beta - alpha))) / (1 + Math.exp(beta - alpha * progress));
  };
}
