import { checkInteger, checkNumbers, checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkSteps, type Schedule, type ScheduleSteps } from './schedule.ts';

/** Options of {@link nOfMSteps}. */
export interface NOfMStepsOptions extends ScheduleSteps {
  /** How many of m neighbors stay, one number for each step in turn, falling: integers from 1 to m; or one number for one step. */
  n: number | readonly number[];
  /** How many neighbors lie in a group: an integer of 1 or more. */
  m: number;
}

/**
 * The schedule that goes to n of m in steps: n[0] of m neighbors are kept from `begin` on, n[1] from `begin + frequency` on, and so on.
 * `{ n: 2, m: 4, begin: 1000 }` is dense for 1000 steps and 2 of 4 from then on; `{ n: [3, 2], m: 4 }` goes through 3 of 4.
 *
 * Its sparsities are 1 - n / m, which `pruneDuring` with the structure `{ n, m }` reads as n of m.
 *
 * @example
 * const schedule = nOfMSteps({ n: [3, 2], m: 4, begin: 10, frequency: 5 });
 * console.log(schedule(10), schedule(11), schedule(15)); // -> 0.25 undefined 0.5
 *
 * @param options - how many of how many, and when
 * @returns step -> sparsity, or undefined where the step prunes nothing
 * @throws RangeError for n outside [1, m] or not falling, begin < 0 or frequency < 1
 */
export function nOfMSteps(options: NOfMStepsOptions): Schedule {
  checkOptions('nOfMSteps', options, ['n', 'm', 'begin', 'frequency']);
  const { n, m, begin = 0, frequency = 100 } = options ?? {};
  checkInteger('nOfMSteps', 'm', m, 1);
  const kept = typeof n === 'number' ? [n] : n;
  checkNumbers(
    `nOfMSteps: n must be an integer from 1 to ${m}, or a list of these`,
    kept,
    (k) => Number.isSafeInteger(k) && k >= 1 && k <= m,
  );
  checkRange(kept.length > 0, 'nOfMSteps: n must hold a number', kept);
  const falls = Array.from(kept).every((k, i) => i === 0 || k < kept[i - 1]!);
  checkRange(falls, 'nOfMSteps: n must fall from step to step', kept);
  checkSteps('nOfMSteps', begin, Number.POSITIVE_INFINITY, frequency);
  const sparsities = Array.from(kept, (k) => 1 - k / m);
  return (step) => {
    checkInteger('nOfMSteps', 'step', step);
    const turn = (step - begin) / frequency;
    return Number.isInteger(turn) ? sparsities[turn] : undefined;
  };
}
