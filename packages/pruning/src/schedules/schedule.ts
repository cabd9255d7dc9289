import { checkRange } from '@weightkit/numerics/check';

/**
 * The sparsity to prune to after `step` training steps, or undefined where the step prunes nothing. Step 0 is before the
 * first batch.
 */
export type Schedule = (step: number) => number | undefined;

/** When a schedule prunes; in training steps (batches). */
export interface ScheduleSteps {
  /**
   * The first step that prunes: an integer, 0 or more.
   * @defaultValue 0
   */
  begin?: number;
  /**
   * Steps from one pruning to the next: an integer, 1 or more.
   * @defaultValue 100
   */
  frequency?: number;
}

/** Throws unless begin, end and frequency are steps in order; an end of Infinity is one. */
export function checkSteps(fn: string, begin: number, end: number, frequency: number): void {
  checkRange(Number.isSafeInteger(begin) && begin >= 0, `${fn}: begin must be an integer, 0 or more`, begin);
  checkRange(
    (Number.isSafeInteger(end) || end === Number.POSITIVE_INFINITY) && end >= begin,
    `${fn}: end must be an integer, begin (${begin}) or more`,
    end,
  );
  checkRange(
    Number.isSafeInteger(frequency) && frequency >= 1,
    `${fn}: frequency must be an integer, 1 or more`,
    frequency,
  );
}

/** Whether `(step - begin) mod frequency` is 0 and begin <= step <= end. */
export const isTurn = (step: number, begin: number, end: number, frequency: number): boolean =>
  step >= begin && step <= end && (step - begin) % frequency === 0;
