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
/** Steps of a slider for integers that goes by equal factors, from a power of ten to the next. */
const FACTORS = 10;
/** Digits of a value that is picked by its power of ten. */
const DIGITS = 3;

/** The slider of a number; none where it would have more than 1000 steps, or where the parameter is no number. */
export function sliderOf(parameter: Parameter<never>): Slider | undefined {
  if (parameter.kind !== 'number' && parameter.kind !== 'integer') return undefined;
  const { min, max } = parameter;
  const isLog = parameter.scale === 'log';
  const step = parameter.kind === 'number' ? parameter.step : isLog ? 1 / FACTORS : 1;
  const powerAt = (position: number) =>
    parameter.kind === 'number' ? Number((10 ** position).toPrecision(DIGITS)) : Math.round(10 ** position);
  const [from, to] = isLog ? [Math.log10(min), Math.log10(max)] : [min, max];
  if (to - from > MOST_STEPS * step) return undefined;
  const valueAt = (position: number) => Math.min(max, Math.max(min, isLog ? powerAt(position) : position));
  return { min: from, max: to, step, positionOf: (value) => (isLog ? Math.log10(value) : value), valueAt };
}
