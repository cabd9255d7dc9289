import { checkNumber, checkPlainObject, checkRange } from '@weightkit/numerics/check';
import { lineStyle } from '../marks/colors.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { xAt, yAt } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { hints } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import {
  checkArray,
  checkData,
  checkFigureOptions,
  checkList,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { type Point, ringPath } from '../marks/path.ts';
import { type Plane, planeIn } from '../marks/plane.ts';
import { rule } from '../marks/shapes.ts';
import type { Table } from '../marks/table.ts';
import { node, round, type SvgNode } from '../marks/tree.ts';
import { type ChartValue, describeOdd, isDrawn, readValues, type Value } from '../marks/values.ts';

/** A power law for the tail of a spectrum: the density of values from `xmin` on falls as their power `-alpha`. */
export interface TailFit {
  /** Where the tail begins, above 0. */
  readonly xmin: number;
  /** The exponent, above 1. @defaultValue the maximum likelihood estimate of the values from `xmin` on (Clauset et al. 2009) */
  readonly alpha?: number;
  /** An interval for the exponent, its ends above 1. @defaultValue none beside an `alpha`, else the estimate with 1.96 standard errors to either side */
  readonly interval?: readonly [number, number];
}

/** Singular values or eigenvalues of a weight. */
export interface Spectrum {
  /** What the legend calls it. */
  readonly name: string;
  /** The values in any order. */
  readonly values: ArrayLike<ChartValue>;
  /** A power law for its tail. @defaultValue none */
  readonly fit?: TailFit;
}

/** Spectra over the same axes. */
export interface SpectrumChartData {
  /** The spectra, one or more. */
  readonly spectra: readonly Spectrum[];
}

/** Options of {@link spectrumChart}. */
export interface SpectrumChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'singular value' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'share at or above' */
  yLabel?: string;
}

interface Fit {
  xmin: number;
  alpha: number;
  interval: readonly [number, number] | undefined;
  /** How many values the tail has, and their share of all. */
  count: number;
  share: number;
  most: number;
}

interface Read {
  name: string;
  /** Values above 0, falling. */
  values: Float64Array;
  /** How many values there are that are finite: shares are of these. */
  count: number;
  /** How many of them are 0 or below. */
  low: number;
  odd: Value[];
  fit: Fit | undefined;
  i: number;
}

const MOST_SPECTRA = 24;

/**
 * Spectra of weights on two log axes: for each value which share of all is as large or larger, with a power law for the tail.
 *
 * A power law with exponent alpha is a straight line with slope 1 - alpha from `xmin` on, where a dashed line stands; the interval of alpha
 * is a wedge around it. Values of 0 and below have no place on a log axis: they are counted, in the shares too. NaN, infinite and missing
 * values are counted and take no part. Of more than 24 spectra 24 are drawn, evenly spread; of many dots in one place one.
 *
 * @param data - the spectra
 * @throws RangeError if there is no spectrum, or a fit has an `xmin` that is not above 0 or above all values, or exponents not above 1
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { spectrumChart } from '@weightkit/viz';
 * const spectra = [{ name: 'dense/kernel', values: [8, 4, 2, 1, 0.5], fit: { xmin: 1 } }];
 * console.log(spectrumChart({ spectra }).table.rows[1].join()); // -> dense/kernel,4,0.4
 * ```
 */
export function spectrumChart(data: SpectrumChartData, options: SpectrumChartOptions = {}): Figure {
  const fn = 'spectrumChart';
  checkFigureOptions(fn, options, ['xLabel', 'yLabel']);
  checkTexts(fn, options, ['xLabel', 'yLabel']);
  const { title = 'Spectra', xLabel = 'singular value', yLabel = 'share at or above' } = options;
  checkData(fn, data);
  const all = readNamed(fn, 'spectra', data.spectra, (spectrum, { where }, i) => readSpectrum(fn, spectrum, where, i));
  const spectra = spread(all.length, MOST_SPECTRA).map((i) => all[i]!);
  const least = spectra.map(({ count }) => 1 / Math.max(1, count));
  return makeFigure({
    chart: 'spectrumChart',
    title,
    description: describe(spectra, all.length, xLabel),
    table: () => tabulate(spectra, xLabel, yLabel),
    options,
    legend: legendOf(spectra, all.length),
    plotHeight: (_, headerHeight) => 420 - headerHeight,
    plot: (size) =>
      planeIn(size, {
        x: { label: xLabel, scale: 'log', values: spectra.flatMap(endsOf) },
        y: { label: yLabel, scale: 'log', values: [1, ...least] },
        draw: (plane) => [
          ...spectra.flatMap((spectrum) => fitMarks(spectrum, plane)),
          ...spectra.flatMap((spectrum) => dotMarks(spectrum, plane)),
        ],
      }),
  });
}

const endsOf = ({ values, fit }: Read) => [
  ...(values.length === 0 ? [] : [values[0]!, values.at(-1)!]),
  ...(fit === undefined ? [] : [fit.xmin]),
];

function readSpectrum(fn: string, spectrum: Spectrum, where: (key: string) => string, i: number): Read {
  checkArray(fn, where('values'), spectrum.values);
  const all = readValues(fn, where('values'), spectrum.values);
  const finite = new Float64Array(all.length);
  const odd: Value[] = [];
  let count = 0;
  for (const value of all) {
    if (isDrawn(value)) finite[count++] = value;
    else odd.push(value);
  }
  const values = above(finite.subarray(0, count).sort().reverse(), (value) => value > 0);
  const fit = spectrum.fit === undefined ? undefined : readFit(fn, where('fit'), spectrum.fit, values, count);
  return { name: spectrum.name, values, count, low: count - values.length, odd, fit, i };
}

/** The beginning of falling values, as far as something is so. */
function above(values: Float64Array, isSo: (value: number) => boolean): Float64Array {
  const end = values.findIndex((value) => !isSo(value));
  return end < 0 ? values : values.subarray(0, end);
}

function readFit(fn: string, where: string, raw: TailFit, values: Float64Array, all: number): Fit {
  checkPlainObject(`${fn}: ${where} must be a plain object`, raw);
  const { xmin, alpha, interval } = raw;
  checkNumber(`${fn}: ${where}.xmin must be finite and above 0`, xmin, (x) => x > 0 && Number.isFinite(x));
  const tail = above(values, (value) => value >= xmin);
  checkRange(tail.length > 0, `${fn}: ${where}.xmin must be at most the largest value`, xmin);
  const above1 = (x: number) => x > 1 && Number.isFinite(x);
  if (alpha !== undefined) checkNumber(`${fn}: ${where}.alpha must be finite and above 1`, alpha, above1);
  if (interval !== undefined) {
    checkList(fn, `${where}.interval`, interval);
    checkRange(interval.length === 2, `${fn}: ${where}.interval must be [low, high]`, interval);
    for (const end of interval) checkNumber(`${fn}: ${where}.interval must be finite and above 1`, end, above1);
    checkRange(interval[0] <= interval[1], `${fn}: ${where}.interval must ascend`, interval);
  }
  const estimate = alpha ?? exponentOf(tail, xmin);
  // The standard error of the estimate, Clauset et al. 2009, equation 3.2.
  const error = (1.96 * (estimate - 1)) / Math.sqrt(tail.length);
  const around = [Math.max(1, estimate - error), estimate + error] as const;
  return {
    xmin,
    alpha: estimate,
    interval: interval ? [interval[0], interval[1]] : alpha === undefined ? around : undefined,
    count: tail.length,
    share: tail.length / all,
    most: tail[0]!,
  };
}

// Steeper than this nobody sees: a tail of values all at xmin has no largest likelihood.
const STEEPEST = 1e6;

/** The exponent of largest likelihood, Clauset et al. 2009, equation 3.1, https://doi.org/10.1137/070710111 */
function exponentOf(tail: Float64Array, xmin: number): number {
  const sum = tail.reduce((logs, value) => logs + (Math.log(value) - Math.log(xmin)), 0);
  return 1 + Math.min(STEEPEST, tail.length / sum);
}

/** Points on a line with an exponent from the foot of the tail to a value, within the plane. */
function tailEnd({ x, y }: Plane, { xmin, share, most }: Fit, alpha: number): Point {
  const [low] = y.domain;
  // Where the line leaves the plane at its lower edge, it ends.
  const fall = (alpha - 1) * (Math.log(most) - Math.log(xmin));
  const room = Math.max(0, Math.log(share) - Math.log(low));
  const [start, height] = [x.place(xmin), y.place(share)];
  if (fall <= 0) return [start, height];
  const part = Math.min(1, room / fall);
  return [start + part * (x.place(most) - start), part < 1 ? 0 : height - (fall / room) * height];
}

function fitMarks({ fit, i }: Read, plane: Plane): SvgNode[] {
  if (fit === undefined) return [];
  const { frame, x, y } = plane;
  const { color } = lineStyle(i);
  const inPixels = ([px, py]: Point): Point => [xAt(frame, px), yAt(frame, py)];
  const start: Point = [x.place(fit.xmin), y.place(fit.share)];
  const [from, to] = [inPixels(start), inPixels(tailEnd(plane, fit, fit.alpha))];
  const wedge = fit.interval?.map((alpha) => inPixels(tailEnd(plane, fit, alpha)));
  const [left] = from;
  return [
    ...(wedge === undefined
      ? []
      : [node('path', { 'data-mark': 'interval', d: ringPath([from, ...wedge]), fill: color, 'fill-opacity': 0.2 })]),
    rule([left, frame.top], [left, frame.bottom], { 'data-mark': 'xmin', stroke: color, 'stroke-dasharray': '4 3' }),
    rule(from, to, { 'data-mark': 'fit', stroke: color, 'stroke-width': 1.75 }),
  ];
}

// Dots nearer than this to the one before are one.
const APART = 0.75;

/** Dots as lines of no length with round ends: a third of the bytes of circles. */
function dotMarks({ name, values, count, i }: Read, { x, y, frame }: Plane): SvgNode[] {
  const at = (k: number): Point => [xAt(frame, x.place(values[k]!)), yAt(frame, y.place((k + 1) / count))];
  let d = '';
  for (let k = 0; k < values.length; ) {
    const [left, top] = at(k);
    d += `M${round(left)},${round(top)}h0`;
    const isNear = (next: number) => {
      if (next >= values.length) return false;
      const [px, py] = at(next);
      return Math.abs(px - left) < APART && Math.abs(py - top) < APART;
    };
    // Dots go on to the left and down: of a million few are looked at.
    let step = 1;
    while (isNear(k + step)) step *= 2;
    let from = k + (step >> 1);
    let to = k + step;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (isNear(middle)) from = middle;
      else to = middle;
    }
    k = to;
  }
  const look = { fill: 'none', stroke: lineStyle(i).color, 'stroke-linecap': 'round', 'stroke-width': 5 };
  return [
    node('path', { 'data-mark': 'dots', d, ...look }),
    ...hints(values, (value, k) => [
      xAt(frame, x.place(value)),
      yAt(frame, y.place((k + 1) / count)),
      `${name}: ${formatNumber(value)}, ${countText(k + 1)} of ${countText(count)} at or above`,
    ]),
  ];
}

function fitText({ alpha, interval, xmin, count }: Fit): string {
  const ends = interval === undefined ? '' : ` (${formatNumber(interval[0])} to ${formatNumber(interval[1])})`;
  return `exponent ${formatNumber(alpha)}${ends} from ${formatNumber(xmin)} on, ${countText(count)} ${count === 1 ? 'value' : 'values'}`;
}

const lowText = (low: number) => `${countText(low)} not above 0`;

function legendOf(spectra: readonly Read[], all: number): Legend | undefined {
  const entries = spectra.flatMap(({ name, fit, i }): LegendEntry[] => {
    const { color } = lineStyle(i);
    const own: LegendEntry[] = fit === undefined ? [] : [{ name: fitText(fit), mark: 'line', color }];
    return spectra.length < 2 ? own : [{ name, mark: 'dot', color }, ...own];
  });
  const low = spectra.reduce((sum, spectrum) => sum + spectrum.low, 0);
  const remarks = [
    ...(all > spectra.length ? [`${spectra.length} of ${countText(all)} spectra are drawn`] : []),
    ...(low > 0 ? [lowText(low)] : []),
  ];
  const told = saidEntries(remarks);
  const every = [...entries, ...told, ...oddEntries(spectra.flatMap(({ odd }) => odd))];
  return every.length === 0 ? undefined : { kind: 'names', entries: every };
}

function describe(spectra: readonly Read[], all: number, xLabel: string): string {
  const told = spectra.slice(0, 8).map(({ name, values, low, odd, fit, count }) => {
    const span = values.length === 0 ? [] : [`from ${formatNumber(values.at(-1)!)} to ${formatNumber(values[0]!)}`];
    const parts = [
      [`${countText(count)} ${count === 1 ? 'value' : 'values'}`, ...span].join(' '),
      ...(low > 0 ? [lowText(low)] : []),
      ...(odd.length > 0 ? [describeOdd(odd)] : []),
      ...(fit === undefined ? [] : [`power law with ${fitText(fit)}`]),
    ];
    return `${name}: ${parts.join('; ')}.`;
  });
  const more = spectra.length > 8 ? ` And ${spectra.length - 8} more.` : '';
  const some = all > spectra.length ? `${spectra.length} of ${countText(all)} spectra` : `${all} spectra`;
  return `${all === 1 ? 'One spectrum' : some}, the share of values at or above each ${xLabel}. ${told.join(' ')}${more}`;
}

const tabulate = (spectra: readonly Read[], xLabel: string, yLabel: string): Table => ({
  columns: ['spectrum', xLabel, yLabel],
  rows: spectra.flatMap(({ name, values, count }) => Array.from(values, (value, k) => [name, value, (k + 1) / count])),
});
