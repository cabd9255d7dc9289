import * as Plot from '@observablehq/plot';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { baseline, leftMargin, scaleOf, xAxis, xGrid, yAxis, yGrid } from './axes.ts';
import { type Axis, makeAxis } from './axis.ts';
import { lineStyle } from './colors.ts';
import { domainOf, nice } from './domain.ts';
import { type Figure, makeFigure } from './figure.ts';
import { formatNumber } from './format.ts';
import type { Legend, LegendEntry } from './header.ts';
import { countText, spread } from './many.ts';
import { type OddMark, oddEntries, oddMarks, ROW, rowOf } from './odd-marks.ts';
import type { FigureOptions } from './options.ts';
import {
  checkArray,
  checkChoice,
  checkData,
  checkDomain,
  checkEntries,
  checkFigureOptions,
  checkPlaces,
  checkTexts,
} from './options.ts';
import { type Corners, clip, thin } from './polyline.ts';
import type { Table } from './table.ts';
import type { AxisScale } from './ticks.ts';
import { type ChartValue, cellOf, describeOdd, drawn, isDrawn, oddName, readValues, type Value } from './values.ts';

/** A named line. */
export interface LineSeries {
  /** What the legend calls it. */
  readonly name: string;
  /** Positions, ascending; a point without a finite one has no place and breaks the line. @defaultValue 0, 1, 2, ... */
  readonly x?: ArrayLike<ChartValue>;
  /** Values, as many as `x`. NaN, infinity and what is missing break the line, are marked above the plot and counted. */
  readonly y: ArrayLike<ChartValue>;
}

/** Options of {@link lineChart}. */
export interface LineChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'step' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'value' */
  yLabel?: string;
  /** What the x axis spans; lines are cut off there. @defaultValue the data */
  xDomain?: readonly [number, number];
  /** What the y axis spans; lines are cut off there. @defaultValue the data, widened to round numbers */
  yDomain?: readonly [number, number];
  /** Scale of the x axis. @defaultValue 'linear' */
  xScale?: AxisScale;
  /** Scale of the y axis; a log scale takes values above 0 only. @defaultValue 'linear' */
  yScale?: AxisScale;
}

interface Line {
  name: string;
  x: Value[];
  y: Value[];
  /** Number of the line, which gives it its look. */
  i: number;
}

const own = ['xLabel', 'yLabel', 'xDomain', 'yDomain', 'xScale', 'yScale'];

// More lines than this nobody tells apart.
const MOST_LINES = 100;

/**
 * Lines over steps: training curves, accuracies, learning rates.
 *
 * Every line has a color of a palette safe for color-blind readers, from the seventh on dashes as well. A value without
 * neighbors, such as one between two NaN, is drawn as a dot. A line breaks where a value is NaN (marked by a cross), infinite
 * (a triangle) or missing (a ring); the marks stand above the plot, that of -Infinity at its lower edge, and the legend and the
 * text alternative say how many there are. A point that has neither position nor value breaks the line without a mark. Of more
 * than 100 lines 100 are drawn, evenly spread; of a line with many points those that make the same picture.
 *
 * @param data - the lines, each with as many `x` as `y`
 * @throws RangeError if there is no line, if lengths differ, `x` does not ascend, or a log scale meets a finite value that is
 * not above 0
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or if an option is
 * unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { lineChart } from '@weightkit/viz';
 * const figure = lineChart({ series: [{ name: 'train', y: [2.3, 0.9, 0.4] }] }, { title: 'Loss', xLabel: 'epoch' });
 * console.log(figure.svg().startsWith('<svg')); // -> true
 * ```
 */
export function lineChart(data: { readonly series: readonly LineSeries[] }, options: LineChartOptions = {}): Figure {
  checkFigureOptions('lineChart', options, own);
  const { title = 'Lines', xLabel = 'step', yLabel = 'value', xScale = 'linear', yScale = 'linear' } = options;
  checkOptions(options, xScale, yScale);
  const all = readLines(data, xScale, yScale);
  const lines = spread(all.length, MOST_LINES).map((i) => all[i]!);
  return makeFigure({
    title,
    description: describe(lines, all.length, xLabel, yLabel),
    table: () => tabulate(lines, xLabel),
    options,
    legend: legendOf(lines, all.length),
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) => plot(lines, { ...options, xLabel, yLabel, xScale, yScale }, size),
  });
}

function checkOptions(options: LineChartOptions, xScale: AxisScale, yScale: AxisScale): void {
  checkTexts('lineChart', options, ['xLabel', 'yLabel']);
  checkChoice('lineChart', 'xScale', xScale, ['linear', 'log']);
  checkChoice('lineChart', 'yScale', yScale, ['linear', 'log']);
  checkDomain('lineChart', 'xDomain', options.xDomain, xScale === 'log');
  checkDomain('lineChart', 'yDomain', options.yDomain, yScale === 'log');
}

function readLines(data: { readonly series: readonly LineSeries[] }, xScale: AxisScale, yScale: AxisScale): Line[] {
  const fn = 'lineChart';
  checkData(fn, data);
  checkEntries(fn, 'series', data.series);
  return data.series.map((series, i) => {
    const where = `series[${i}]`;
    checkType(typeof series?.name === 'string', `${fn}: ${where}.name must be a text`, series?.name);
    checkArray(fn, `${where}.y`, series.y);
    if (series.x !== undefined) checkArray(fn, `${where}.x`, series.x);
    const y = readValues(fn, `${where}.y`, series.y);
    const x = series.x === undefined ? y.map((_, step) => step) : readValues(fn, `${where}.x`, series.x);
    checkRange(x.length === y.length, `${fn}: ${where} must have as many x as y`, `${x.length} x and ${y.length} y`);
    checkPlaces(fn, `${where}.x`, x, xScale === 'log');
    y.forEach((value, k) => {
      const ok = yScale !== 'log' || !isDrawn(value) || value > 0;
      checkRange(ok, `${fn}: ${where}.y must be above 0 on a log scale`, `${value} at ${where}.y[${k}]`);
    });
    return { name: series.name, x, y, i };
  });
}

const hasPlace = ({ x }: Line, k: number) => isDrawn(x[k]);

/** The values of a line that have a place but cannot be drawn. */
const oddOf = (line: Line): Value[] => line.y.filter((value, k) => !isDrawn(value) && hasPlace(line, k));

/** The places of points that have a value but no place. */
const placeless = ({ x, y }: Line): Value[] =>
  x.filter((value, k) => !isDrawn(value) && !(value === null && y[k] === null));

function legendOf(lines: readonly Line[], count: number): Legend | undefined {
  const odd = oddEntries(lines.flatMap(oddOf));
  if (lines.length < 2 && odd.length === 0) return undefined;
  const named: LegendEntry[] = lines.map(({ name, i }) => ({ name, mark: 'line', ...lineStyle(i) }));
  const more: LegendEntry[] =
    count > lines.length
      ? [{ name: `${lines.length} of ${countText(count)} lines are drawn`, color: '#333', mark: 'none' }]
      : [];
  return { kind: 'names', entries: [...(lines.length < 2 ? [] : named), ...more, ...odd] };
}

type Resolved = LineChartOptions & Required<Pick<LineChartOptions, 'xLabel' | 'yLabel' | 'xScale' | 'yScale'>>;

function* drawnPoints(lines: readonly Line[], pick: 'x' | 'y'): Generator<number> {
  for (const line of lines) {
    for (const [k, value] of line[pick].entries()) if (isDrawn(value) && hasPlace(line, k)) yield value;
  }
}

function plot(lines: readonly Line[], options: Resolved, size: { width: number; height: number }): Plot.PlotOptions {
  const { xScale, yScale, xLabel, yLabel } = options;
  const xCount = Math.max(3, Math.floor(size.width / 80));
  const yCount = Math.max(3, Math.floor(size.height / 50));
  const xDomain = options.xDomain ?? domainOf(drawnPoints(lines, 'x'), xScale);
  const yDomain = options.yDomain ?? nice(domainOf(drawnPoints(lines, 'y'), yScale), yScale, yCount);
  const x = makeAxis(xDomain, xScale, xCount);
  const y = makeAxis(yDomain, yScale, yCount);
  const cut = options.xDomain !== undefined || options.yDomain !== undefined;
  const odd = oddPlaces(lines, x);
  const raise = ROW * odd.reduce((most, { row }) => Math.max(most, row), 0);
  return {
    marginLeft: leftMargin(y),
    marginRight: 24,
    marginTop: 32 + raise,
    marginBottom: 46,
    x: scaleOf(),
    y: scaleOf(),
    marks: [
      yGrid(y),
      xGrid(x),
      baseline(),
      xAxis(x, xLabel),
      ...yAxis(y, yLabel, raise),
      ...lines.flatMap((line) => marksOf(line, { x, y }, cut, size.width)),
      ...(odd.length > 0 ? [oddMarks(odd)] : []),
    ],
  };
}

function oddPlaces(lines: readonly Line[], { place }: Axis): OddMark[] {
  const some = lines.filter((line) => oddOf(line).length > 0);
  const marks: OddMark[] = [];
  some.forEach(({ x, y, i }, n) => {
    y.forEach((value, k) => {
      const position = x[k];
      if (isDrawn(value) || !isDrawn(position)) return;
      const at = place(position);
      if (at >= 0 && at <= 1) marks.push({ place: at, value, color: lineStyle(i).color, row: rowOf(n) });
    });
  });
  return marks;
}

function marksOf(line: Line, axes: { x: Axis; y: Axis }, cut: boolean, width: number): Plot.Markish[] {
  const { color, dash } = lineStyle(line.i);
  const placed: Corners = {
    x: line.x.map((value, k) => (isDrawn(value) && isDrawn(line.y[k]) ? axes.x.place(value) : Number.NaN)),
    y: line.y.map((value, k) => (isDrawn(value) && hasPlace(line, k) ? axes.y.place(value) : Number.NaN)),
  };
  const { x, y } = clip(thin(placed, width));
  const alone = [...y.keys()].filter(
    (k) => isDrawn(y[k]) && !Number.isFinite(y[k - 1] ?? Number.NaN) && !Number.isFinite(y[k + 1] ?? Number.NaN),
  );
  const path = Plot.line(
    { length: x.length },
    {
      x,
      y,
      stroke: color,
      strokeWidth: 2,
      strokeLinejoin: 'round',
      ...(dash === undefined ? {} : { strokeDasharray: dash }),
      ...(cut ? { clip: true } : {}),
    },
  );
  if (alone.length === 0) return [path];
  const at = { x: alone.map((k) => x[k]!), y: alone.map((k) => y[k]!) };
  return [path, Plot.dot({ length: alone.length }, { ...at, fill: color, r: 3, ...(cut ? { clip: true } : {}) })];
}

function describe(lines: readonly Line[], all: number, xLabel: string, yLabel: string): string {
  const told = lines.slice(0, 8).map((line) => {
    const { name, x, y } = line;
    const known = [...y.keys()].filter((k) => isDrawn(y[k]) && hasPlace(line, k));
    const at = (k: number) => `${formatNumber(y[k]!)} at ${formatNumber(x[k]!)}`;
    const least = known.reduce((best, k) => (y[k]! < y[best]! ? k : best), known[0]!);
    const most = known.reduce((best, k) => (y[k]! > y[best]! ? k : best), known[0]!);
    const way = () => `from ${at(known[0]!)} to ${at(known.at(-1)!)}; lowest ${at(least)}, highest ${at(most)}`;
    return `${name}: ${[known.length === 0 ? 'no value' : way(), ...oddText(line)].join('; ')}.`;
  });
  const more = lines.length > 8 ? ` And ${lines.length - 8} more.` : '';
  const some = all > lines.length ? `${lines.length} of ${countText(all)} lines, evenly chosen` : `${all} lines`;
  return `${all === 1 ? 'One line' : some}, ${yLabel} by ${xLabel}. ${told.join(' ')}${more}`;
}

function oddText(line: Line): string[] {
  const { x, y } = line;
  const first = y.findIndex((value, k) => !isDrawn(value) && hasPlace(line, k));
  const odd = first < 0 ? [] : [`${describeOdd(oddOf(line))}, the first at ${formatNumber(x[first]!)}`];
  const lost = describeOdd(placeless(line));
  return lost === '' ? odd : [...odd, `without a place: ${lost}`];
}

function tabulate(lines: readonly Line[], xLabel: string): Table {
  const byX = lines.map(({ x, y }) => new Map(x.map((position, k) => [position, y[k]!])));
  const positions = [...new Set(lines.flatMap(({ x }) => drawn(x)))].sort((a, b) => a - b);
  const cell = (value: Value | undefined) => (value === undefined ? '' : cellOf(value));
  const rest = lines.flatMap((line, n) =>
    line.x.flatMap((position, k) => {
      if (isDrawn(position) || (position === null && line.y[k] === null)) return [];
      return [[oddName(position), ...lines.map((_, i) => (i === n ? cellOf(line.y[k]!) : ''))]];
    }),
  );
  return {
    columns: [xLabel, ...lines.map(({ name }) => name)],
    rows: [...positions.map((position) => [position, ...byX.map((values) => cell(values.get(position)))]), ...rest],
  };
}
