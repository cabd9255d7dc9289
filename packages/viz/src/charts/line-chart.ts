import { checkRange, checkType } from '@weightkit/numerics/check';
import { leftMargin, xAxis, xGrid, yAxis, yGrid } from '../marks/axes.ts';
import { type Axis, makeAxis } from '../marks/axis.ts';
import { ink, lineStyle } from '../marks/colors.ts';
import { domainOf, nice } from '../marks/domain.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { baseline, clipped, type Frame, frameIn, type Size, xAt, yAt } from '../marks/frame.ts';
import type { Legend, LegendEntry } from '../marks/header.ts';
import { countText, spread } from '../marks/many.ts';
import { type OddMark, oddEntries, oddMarks, ROW, rowOf } from '../marks/odd-marks.ts';
import type { FigureOptions } from '../marks/options.ts';
import {
  checkArray,
  checkChoice,
  checkData,
  checkDomain,
  checkEntries,
  checkFigureOptions,
  checkPlaces,
  checkTexts,
} from '../marks/options.ts';
import type { Corners } from '../marks/path.ts';
import { alone, clip, thin } from '../marks/polyline.ts';
import { dot, group, polyline } from '../marks/shapes.ts';
import type { Table } from '../marks/table.ts';
import type { AxisScale } from '../marks/ticks.ts';
import type { SvgNode } from '../marks/tree.ts';
import {
  type ChartValue,
  cellOf,
  describeOdd,
  drawn,
  isDrawn,
  oddName,
  readValues,
  type Value,
} from '../marks/values.ts';

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
  seen: Seen;
}

/** What one walk along a line tells. */
interface Seen {
  /** The least and the largest position, none where no point has one. */
  xEnds: readonly number[];
  /** The lowest and the highest value, none where none can be drawn. */
  yEnds: readonly number[];
  /** The first and the last point that can be drawn, the lowest and the highest; -1 where none can. */
  drawn: readonly [first: number, last: number, lowest: number, highest: number];
  /** The values that have a place but cannot be drawn, and where the first is. */
  odd: readonly Value[];
  firstOdd: number;
  /** The places of points that have a value but no place. */
  placeless: readonly Value[];
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
    if (yScale === 'log') checkAbove0(fn, `${where}.y`, y);
    return { name: series.name, x, y, i, seen: walk(x, y) };
  });
}

function checkAbove0(fn: string, name: string, values: readonly Value[]): void {
  values.forEach((value, k) => {
    const ok = !isDrawn(value) || value > 0;
    if (!ok) checkRange(ok, `${fn}: ${name} must be above 0 on a log scale`, `${value} at ${name}[${k}]`);
  });
}

function walk(x: readonly Value[], y: readonly Value[]): Seen {
  const xEnds: number[] = [];
  let [first, last, lowest, highest] = [-1, -1, -1, -1];
  const odd: Value[] = [];
  let firstOdd = -1;
  const placeless: Value[] = [];
  for (let k = 0; k < x.length; k++) {
    const [position, value] = [x[k]!, y[k]!];
    if (!isDrawn(position)) {
      if (position !== null || value !== null) placeless.push(position);
      continue;
    }
    xEnds[xEnds.length === 0 ? 0 : 1] = position;
    if (!isDrawn(value)) {
      if (odd.push(value) === 1) firstOdd = k;
      continue;
    }
    if (first < 0) first = lowest = highest = k;
    last = k;
    if (value < y[lowest]!) lowest = k;
    if (value > y[highest]!) highest = k;
  }
  const yEnds = drawn([y[lowest], y[highest]]);
  return { xEnds, yEnds, drawn: [first, last, lowest, highest], odd, firstOdd, placeless };
}

function legendOf(lines: readonly Line[], count: number): Legend | undefined {
  const odd = oddEntries(lines.flatMap(({ seen }) => seen.odd));
  if (lines.length < 2 && odd.length === 0) return undefined;
  const named: LegendEntry[] = lines.map(({ name, i }) => ({ name, mark: 'line', ...lineStyle(i) }));
  const more: LegendEntry[] =
    count > lines.length
      ? [{ name: `${lines.length} of ${countText(count)} lines are drawn`, color: ink.text, mark: 'none' }]
      : [];
  return { kind: 'names', entries: [...(lines.length < 2 ? [] : named), ...more, ...odd] };
}

type Resolved = LineChartOptions & Required<Pick<LineChartOptions, 'xLabel' | 'yLabel' | 'xScale' | 'yScale'>>;

function plot(lines: readonly Line[], options: Resolved, size: Size): SvgNode[] {
  const { xScale, yScale, xLabel, yLabel } = options;
  const xCount = Math.max(3, Math.floor(size.width / 80));
  const yCount = Math.max(3, Math.floor(size.height / 50));
  const xDomain =
    options.xDomain ??
    domainOf(
      lines.flatMap(({ seen }) => seen.xEnds),
      xScale,
    );
  const yDomain =
    options.yDomain ??
    nice(
      domainOf(
        lines.flatMap(({ seen }) => seen.yEnds),
        yScale,
      ),
      yScale,
      yCount,
    );
  const x = makeAxis(xDomain, xScale, xCount);
  const y = makeAxis(yDomain, yScale, yCount);
  const odd = oddPlaces(lines, x);
  const raise = ROW * odd.reduce((most, { row }) => Math.max(most, row), 0);
  const frame = frameIn(size, { left: leftMargin(y), right: 24, top: 32 + raise, bottom: 46 });
  const marks = lines.flatMap((line) => marksOf(line, { x, y, frame }));
  const cut = options.xDomain !== undefined || options.yDomain !== undefined;
  return [
    yGrid(frame, y),
    xGrid(frame, x),
    baseline(frame),
    xAxis(frame, x, xLabel),
    yAxis(frame, y, yLabel, raise),
    ...(cut ? [clipped(frame, marks)] : marks),
    ...oddMarks(frame, odd),
  ];
}

function oddPlaces(lines: readonly Line[], { place }: Axis): OddMark[] {
  const some = lines.filter(({ seen }) => seen.firstOdd >= 0);
  const marks: OddMark[] = [];
  some.forEach(({ x, y, i, seen }, n) => {
    for (let k = seen.firstOdd; k < y.length; k++) {
      const [position, value] = [x[k]!, y[k]!];
      if (isDrawn(value) || !isDrawn(position)) continue;
      const at = place(position);
      if (at >= 0 && at <= 1) marks.push({ place: at, value, color: lineStyle(i).color, row: rowOf(n) });
    }
  });
  return marks;
}

function marksOf(line: Line, { x, y, frame }: { x: Axis; y: Axis; frame: Frame }): SvgNode[] {
  const { color, dash } = lineStyle(line.i);
  const kept = clip(thin(placesOf(line, x, y), frame.right - frame.left));
  const corners = { x: kept.x.map((place) => xAt(frame, place)), y: kept.y.map((place) => yAt(frame, place)) };
  const dots = alone(corners).map((k) => dot([corners.x[k]!, corners.y[k]!], 3));
  return [
    polyline(corners, { stroke: color, 'stroke-width': 2, 'stroke-dasharray': dash }),
    ...(dots.length === 0 ? [] : [group('dot', { fill: color }, ...dots)]),
  ];
}

function placesOf(line: Line, x: Axis, y: Axis): Corners {
  const places = { x: new Array<number>(line.x.length), y: new Array<number>(line.x.length) };
  for (let k = 0; k < line.x.length; k++) {
    const [position, value] = [line.x[k]!, line.y[k]!];
    const known = isDrawn(position) && isDrawn(value);
    places.x[k] = known ? x.place(position) : Number.NaN;
    places.y[k] = known ? y.place(value) : Number.NaN;
  }
  return places;
}

function describe(lines: readonly Line[], all: number, xLabel: string, yLabel: string): string {
  const told = lines.slice(0, 8).map((line) => {
    const { name, x, y } = line;
    const [first, last, lowest, highest] = line.seen.drawn;
    const at = (k: number) => `${formatNumber(y[k]!)} at ${formatNumber(x[k]!)}`;
    const way = () => `from ${at(first)} to ${at(last)}; lowest ${at(lowest)}, highest ${at(highest)}`;
    return `${name}: ${[first < 0 ? 'no value' : way(), ...oddText(line)].join('; ')}.`;
  });
  const more = lines.length > 8 ? ` And ${lines.length - 8} more.` : '';
  const some = all > lines.length ? `${lines.length} of ${countText(all)} lines, evenly chosen` : `${all} lines`;
  return `${all === 1 ? 'One line' : some}, ${yLabel} by ${xLabel}. ${told.join(' ')}${more}`;
}

function oddText({ x, seen }: Line): string[] {
  const { odd, firstOdd, placeless } = seen;
  return [
    ...(firstOdd < 0 ? [] : [`${describeOdd(odd)}, the first at ${formatNumber(x[firstOdd]!)}`]),
    ...(placeless.length === 0 ? [] : [`without a place: ${describeOdd(placeless)}`]),
  ];
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
