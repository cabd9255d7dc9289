import { checkChoice, checkDomain, checkTexts } from '../marks/options.ts';
import type { AxisScale } from '../marks/ticks.ts';

/** Options of charts with an x and a y axis. */
export interface AxisOptions {
  /** Name of the x axis. @defaultValue 'step' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'value' */
  yLabel?: string;
  /** What the x axis spans; what is drawn is cut off there. @defaultValue the data */
  xDomain?: readonly [number, number];
  /**
   * What the y axis spans; what is drawn is cut off there. @defaultValue the data, but at least 5 % of the largest value, widened to round
   * numbers
   */
  yDomain?: readonly [number, number];
  /** Scale of the x axis. @defaultValue 'linear' */
  xScale?: AxisScale;
  /** Scale of the y axis; a log scale takes values above 0 only. @defaultValue 'linear' */
  yScale?: AxisScale;
}

/** The names of {@link AxisOptions}. */
export const axisOptions = ['xLabel', 'yLabel', 'xDomain', 'yDomain', 'xScale', 'yScale'] as const;

/** Checks what {@link AxisOptions} holds. */
export function checkAxes(fn: string, options: AxisOptions): void {
  const { xScale = 'linear', yScale = 'linear' } = options;
  checkTexts(fn, options, ['xLabel', 'yLabel']);
  checkChoice(fn, 'xScale', xScale, ['linear', 'log']);
  checkChoice(fn, 'yScale', yScale, ['linear', 'log']);
  checkDomain(fn, 'xDomain', options.xDomain, xScale === 'log');
  checkDomain(fn, 'yDomain', options.yDomain, yScale === 'log');
}
