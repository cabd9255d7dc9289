import { checkInteger, checkNumber, checkOptions, checkPlainObject } from '@weightkit/numerics/check';

/** Options of {@link oneCycleRate}. */
export interface OneCycleRateOptions {
  /** Steps of the whole cycle: an integer of 2 or more. */
  steps: number;
  /**
   * Which share of the steps the rate rises for: above 0, below 1.
   *
   * @defaultValue 0.3
   */
  rise?: number;
  /**
   * What the highest rate is divided by at the start: 1 or more.
   *
   * @defaultValue 25
   */
  divideStart?: number;
  /**
   * What the rate at the start is divided by at the end: 1 or more.
   *
   * @defaultValue 1e4
   */
  divideEnd?: number;
}

const fn = 'oneCycleRate';

/**
 * The learning rate of one cycle as a multiple of the highest: it rises along a cosine and falls along another, as
 * `torch.optim.lr_scheduler.OneCycleLR` has it without its momentum (Smith and Topin 2017, https://arxiv.org/abs/1708.07120).
 *
 * @example
 * const rate = oneCycleRate({ steps: 100 });
 * console.log([0, 29, 99].map((step) => rate(step).toPrecision(2)).join(' ')); // -> 0.040 1.0 0.0000040
 *
 * @param options - see {@link OneCycleRateOptions}
 * @returns the multiple for a step, from 0 on; the last one is kept afterwards
 * @throws TypeError or RangeError for other options
 */
export function oneCycleRate(options: OneCycleRateOptions): (step: number) => number {
  checkPlainObject(`${fn}: options must be { steps, rise, divideStart, divideEnd }`, options);
  checkOptions(fn, options, ['steps', 'rise', 'divideStart', 'divideEnd']);
  const { steps, rise = 0.3, divideStart = 25, divideEnd = 1e4 } = options;
  checkInteger(fn, 'steps', steps, 2);
  checkNumber(`${fn}: rise must be above 0 and below 1`, rise, (x) => x > 0 && x < 1);
  checkNumber(`${fn}: divideStart must be 1 or more, and finite`, divideStart, (x) => x >= 1 && Number.isFinite(x));
  checkNumber(`${fn}: divideEnd must be 1 or more, and finite`, divideEnd, (x) => x >= 1 && Number.isFinite(x));
  const start = 1 / divideStart;
  const end = start / divideEnd;
  const top = rise * steps - 1;
  const between = (from: number, to: number, share: number): number =>
    to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  return (step) => {
    checkNumber(`${fn}: step must be 0 or more`, step, (x) => x >= 0);
    // A rise that is shorter than a step begins at its top.
    if (step <= top && top > 0) return between(start, 1, step / top);
    return between(1, end, Math.min(1, (step - top) / (steps - 1 - top)));
  };
}
