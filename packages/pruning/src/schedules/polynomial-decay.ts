import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkSparsity } from '../masks/amount.ts';
import { checkSteps, isTurn, type Schedule, type ScheduleSteps } from './schedule.ts';

/** Options of {@link polynomialDecay}. */
export interface PolynomialDecayOptions extends ScheduleSteps {
  /**
   * The sparsity at `begin`: a number in [0, 1).
   * @defaultValue 0
   */
  initial?: number;
  /** The sparsity at `end`: a number in [0, 1). */
  final: number;
  /** The step that prunes to `final`, the last: an integer, `begin` or more. */
  end: number;
  /**
   * How early the pruning is done: 1 is linear, 3 the paper's cubic law, which prunes fast while much is redundant. Finite,
   * above 0.
   * @defaultValue 3
   */
  power?: number;
}

/**
 * The gradual schedule s(t) = s_f + (s_i - s_f) * (1 - (t - begin) / (end - begin))^power, from s_i = initial to
 * s_f = final, at t = begin, begin + frequency, ... and at end.
 *
 * Zhu and Gupta 2017, https://arxiv.org/abs/1710.01878. The law of TensorFlow Model Optimization's `PolynomialDecay` but for
 * one step: that skips `end` when the frequency does not hit it, and then never reaches the final sparsity; this prunes there.
 *
 * @example
 * const schedule = polynomialDecay({ final: 0.75, end: 1000 });
 * console.log(schedule(500), schedule(501), schedule(1000)); // -> 0.65625 undefined 0.75
 *
 * @param options - the sparsities and the steps
 * @returns step -> sparsity, or undefined where the step prunes nothing
 * @throws RangeError for a sparsity outside [0, 1), begin < 0, end < begin or infinite, frequency < 1 or power not above 0
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  checkOptions('polynomialDecay', options, ['initial', 'final', 'begin', 'end', 'power', 'frequency']);
  const { initial = 0, final, begin = 0, end, power = 3, frequency = 100 } = options ?? {};
  checkSparsity('polynomialDecay', 'initial', initial);
  checkSparsity('polynomialDecay', 'final', final);
  checkSteps('polynomialDecay', begin, end, frequency);
  checkRange(Number.isFinite(end), 'polynomialDecay: end must be finite', end);
  checkRange(Number.isFinite(power) && power > 0, 'polynomialDecay: power must be finite and above 0', power);
  return (step) => {
    checkInteger('polynomialDecay', 'step', step);
    if (step === end) return final;
    if (!isTurn(step, begin, end, frequency)) return undefined;
    return final + (initial - final) * (1 - (step - begin) / (end - begin)) ** power;
  };
}
