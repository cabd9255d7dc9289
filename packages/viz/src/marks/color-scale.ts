import { makeAxis } from './axis.ts';
import { diverging, ramp } from './colors.ts';
import { formatNumber } from './format.ts';

/** Which color a value has. */
export interface ColorScale {
  /** The colors of the levels; that of level 0 covers most. */
  readonly colors: readonly string[];
  /** The level of a finite value. */
  readonly level: (value: number) => number;
  /** The colors from the lowest value to the highest, with the names of the ends. */
  readonly legend: { readonly colors: readonly string[]; readonly from: string; readonly to: string };
}

/** Names of the color maps of matrices. */
export type MatrixScheme = 'diverging' | 'inferno';

const LEVELS = 64;
const SIDE = 32;

/**
 * Signed values: white at 0, blue above, vermilion below, as strong on both sides. 32 levels to each, linear, the first within
 * half a level of 0.
 *
 * @param domain - what the colors span
 * @param range - the lowest and the highest value: beyond the domain they have its last color
 */
export function divergingScale(domain: readonly [number, number], range: readonly [number, number]): ColorScale {
  const [from, to] = domain;
  const most = Math.max(Math.abs(from), Math.abs(to));
  const stepOf = (value: number) => Math.round((Math.min(to, Math.max(from, value)) / most) * SIDE);
  const sides = [1, -1].flatMap((sign) => Array.from({ length: SIDE }, (_, i) => diverging((sign * (i + 1)) / SIDE)));
  const [first, last] = [stepOf(from), stepOf(to)];
  const shown = Array.from({ length: last - first + 1 }, (_, i) => diverging((first + i) / SIDE));
  return {
    colors: [diverging(0), ...sides],
    level: (value) => {
      const step = stepOf(value);
      return step >= 0 ? step : SIDE - step;
    },
    legend: { colors: shown, ...endsOf(domain, range) },
  };
}

/** Values from dark to bright by inferno, in 64 levels, linear. */
export function infernoScale(domain: readonly [number, number], range: readonly [number, number]): ColorScale {
  const { place } = makeAxis(domain, 'linear', 2);
  const colors = ramp('inferno', LEVELS);
  return {
    colors,
    level: (value) => Math.min(LEVELS - 1, Math.max(0, Math.floor(place(value) * LEVELS))),
    legend: { colors, ...endsOf(domain, range) },
  };
}

/** What a legend says at its ends. */
export function endsOf([from, to]: readonly [number, number], [lowest, highest]: readonly [number, number]) {
  return {
    from: `${formatNumber(from)}${lowest < from ? ' or less' : ''}`,
    to: `${formatNumber(to)}${highest > to ? ' or more' : ''}`,
  };
}
