import * as Plot from '@observablehq/plot';
import { formatNumber } from './format.ts';
import { guessWidth } from './text.ts';

/** How values become positions along an axis. */
export type AxisScale = 'linear' | 'log';

/** The tick values of an axis: round numbers, or powers of ten (and 2, 5 times them) on a log scale. */
export function ticksOf(domain: readonly [number, number], scale: AxisScale, count: number): number[] {
  if (scale === 'linear') return linearTicks(domain, count);
  const first = Math.floor(Math.log10(domain[0]) + 1e-9);
  const last = Math.ceil(Math.log10(domain[1]) - 1e-9);
  const steps = last - first > 2 ? [1] : [1, 2, 5];
  const every = Math.ceil((last - first + 1) / count);
  const ticks: number[] = [];
  for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= domain[0] * (1 - 1e-9) && tick <= domain[1] * (1 + 1e-9));
}

/** The distance 1, 2 or 5 times a power of ten that cuts a length into at most `count` pieces. */
export function tickStep(length: number, count: number): number {
  const rough = length / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)! * power;
}

function linearTicks([from, to]: readonly [number, number], count: number): number[] {
  const step = tickStep(to - from, count);
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) {
    ticks.push(Number((i * step).toPrecision(12)) + 0);
  }
  return ticks;
}

/** The smallest interval that holds all values, widened to round numbers (to powers of ten on a log scale). */
export function domainOf(values: Iterable<number>, scale: AxisScale, withZero = false): [number, number] {
  let low = withZero ? 0 : Number.POSITIVE_INFINITY;
  let high = withZero ? 0 : Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (scale === 'log') return low === high ? [low / 2, high * 2] : [low, high];
  if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  return [low, high];
}

/** Widens an interval to the next multiples of the distance between its ticks; on a log scale, if it spans two decades or more, to powers of ten. */
export function nice(domain: readonly [number, number], scale: AxisScale, count: number): [number, number] {
  const [from, to] = domain;
  if (scale === 'log') {
    if (to < 100 * from) return [from, to];
    return [10 ** Math.floor(Math.log10(from) + 1e-9), 10 ** Math.ceil(Math.log10(to) - 1e-9)];
  }
  const ticks = ticksOf(domain, scale, count);
  if (ticks.length < 2) return [from, to];
  const step = ticks[1]! - ticks[0]!;
  const round = (value: number) => Number((value * step).toPrecision(12));
  return [round(Math.floor(from / step + 1e-9)), round(Math.ceil(to / step - 1e-9))];
}

/** A format for the numbers of an axis: three significant digits, or as many as tell the ticks apart. */
export function tickFormat(ticks: readonly number[]): (value: number) => string {
  const tells = (digits: number) => new Set(ticks.map((tick) => formatNumber(tick, digits))).size === ticks.length;
  let digits = 3;
  while (digits < 12 && !tells(digits)) digits++;
  return (value) => formatNumber(value, digits);
}

/** Room at the left for the numbers of a y axis. */
export function leftMargin(ticks: readonly number[], format = tickFormat(ticks)): number {
  return Math.ceil(Math.max(20, ...ticks.map((tick) => guessWidth(format(tick), 12))) + 20);
}

const grid = { stroke: '#e3e3e3', strokeOpacity: 1 };

/** The x axis at the bottom: its numbers, its name centered below them and, if asked for, light grid lines. */
export function xAxis(ticks: readonly number[], label: string, format = tickFormat(ticks)) {
  return Plot.axisX({
    ticks: [...ticks],
    anchor: 'bottom',
    tickFormat: (value: number) => format(value),
    label,
    labelAnchor: 'center',
    labelArrow: 'none',
    labelOffset: 36,
    tickSize: 4,
  });
}

/** The y axis at the left: its numbers and its name, level, above them and in line with the title. */
export function yAxis(ticks: readonly number[], label: string, format = tickFormat(ticks)) {
  const name = Plot.text([label], {
    frameAnchor: 'top-left',
    textAnchor: 'start',
    dx: 16 - leftMargin(ticks, format),
    dy: -24,
    fill: '#333',
  });
  return [
    Plot.axisY({
      ticks: [...ticks],
      anchor: 'left',
      tickFormat: (value: number) => format(value),
      label: null,
      tickSize: 0,
      tickPadding: 6,
    }),
    name,
  ];
}

/** Light lines across the plot at the ticks of x. */
export const xGrid = (ticks: readonly number[]) => Plot.gridX({ ticks: [...ticks], ...grid });

/** Light lines across the plot at the ticks of y. */
export const yGrid = (ticks: readonly number[]) => Plot.gridY({ ticks: [...ticks], ...grid });

/** A line along the bottom of the plot. */
export const baseline = () => Plot.frame({ anchor: 'bottom', stroke: '#888' });
