import type { Parameter } from './lesson.ts';

/** A slider for a number: its own range, and how its positions are values. */
export interface Slider {
  min: number;
  max: number;
  step: number;
  /** Where a value is. */
  positionOf(value: number): number;
  /** The value at a position, in the range of the parameter. */
  valueAt(position: number): number;
}

/** More positions than these no hand can tell apart. */
const MOST_STEPS = 1000;
/** Digits of a value that is picked by its power of ten. */
const DIGITS = 3;

/** The slider of a number; none where it would have more than 1000 steps, or where the parameter is no number. */
export function sliderOf(parameter: Parameter<never>): Slider | undefined {
  if (parameter.kind !== 'number' && parameter.kind !== 'integer') return undefined;
  const { min, max } = parameter;
  const step = parameter.kind === 'number' ? parameter.step : 1;
  const isLog = parameter.kind === 'number' && parameter.scale === 'log';
  const [from, to] = isLog ? [Math.log10(min), Math.log10(max)] : [min, max];
  if (to - from > MOST_STEPS * step) return undefined;
  const valueAt = (position: number) =>
    Math.min(max, Math.max(min, isLog ? Number((10 ** position).toPrecision(DIGITS)) : position));
  return { min: from, max: to, step, positionOf: (value) => (isLog ? Math.log10(value) : value), valueAt };
}
