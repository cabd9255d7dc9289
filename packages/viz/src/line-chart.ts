import * as Plot from '@observablehq/plot';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { type AxisScale, baseline, domainOf, leftMargin, nice, ticksOf, xAxis, xGrid, yAxis, yGrid } from './axes.ts';
import { lineStyle } from './colors.ts';
import { type Figure, makeFigure } from './figure.ts';
import { formatNumber } from './format.ts';
import type { FigureOptions } from './options.ts';
import { checkAscending, checkChoice, checkDomain, checkFigureOptions, checkList, checkTexts } from './options.ts';
import type { Table } from './table.ts';

/** A named line. */
export interface LineSeries {
  /** What the legend calls it. */
  readonly name: string;
  /** Positions, ascending. @defaultValue 0, 1, 2, ... */
  readonly x?: ArrayLike<number>;
  /** Values, as many as `x`; NaN breaks the line. */
  readonly y: ArrayLike<number>;
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
  x: Float64Array;
  y: Float64Array;
}

const own = ['xLabel', 'yLabel', 'xDomain', 'yDomain', 'xScale', 'yScale'];

/**
 * Lines over steps: training curves, accuracies, learning rates.
 *
 * Every line has a color of a palette safe for color-blind readers, from the seventh on dashes as well. A value without
 * neighbors, such as one between two NaN, is drawn as a dot.
 *
 * @param data - the lines, each with as many `x` as `y`
 * @throws RangeError if there is no line or no finite value, if lengths differ, `x` does not ascend, a value is infinite,
 * or a log scale meets a value that is not above 0
 * @throws TypeError if an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { lineChart } from '@weightkit/viz';
 * const figure = lineChart({ series: [{ name: 'train', y: [2.3, 0.9, 0.4] }] }, { title: 'Loss', xLabel: 'epoch' });
 * console.log(figure.svg().startsWith('<svg')); // -> true
 * ```
 */
export function lineChart(data: { readonly series: readonly LineSeries[] }, options: LineChartOptions = {}): Figure {
  const { title = 'Lines', xLabel = 'step', yLabel = 'value', xScale = 'linear', yScale = 'linear' } = options;
  checkOptions(options, xScale, yScale);
  const lines = readLines(data, xScale, yScale);
  return makeFigure({
    title,
    description: describe(lines, xLabel, yLabel),
    table: tabulate(lines, xLabel),
    options,
    legend: lines.length < 2 ? undefined : legend(lines),
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) => plot(lines, { ...options, xLabel, yLabel, xScale, yScale }, size),
  });
}

function checkOptions(options: LineChartOptions, xScale: AxisScale, yScale: AxisScale): void {
  checkFigureOptions('lineChart', options, own);
  checkTexts('lineChart', options, ['xLabel', 'yLabel']);
  checkChoice('lineChart', 'xScale', xScale, ['linear', 'log']);
  checkChoice('lineChart', 'yScale', yScale, ['linear', 'log']);
  checkDomain('lineChart', 'xDomain', options.xDomain, xScale === 'log');
  checkDomain('lineChart', 'yDomain', options.yDomain, yScale === 'log');
}

function readLines(data: { readonly series: readonly LineSeries[] }, xScale: AxisScale, yScale: AxisScale): Line[] {
  checkList('lineChart', 'series', data?.series);
  const lines = data.series.map((series, i) => {
    const where = `series[${i}]`;
    checkType(typeof series?.name === 'string', `lineChart: ${where}.name must be a text`, series?.name);
    checkList('lineChart', `${where}.y`, series.y);
    const y = Float64Array.from(series.y);
    const x = series.x === undefined ? y.map((_, step) => step) : Float64Array.from(series.x);
    const rule = `lineChart: ${where} must have as many x as y`;
    checkRange(x.length === y.length, rule, `${x.length} x and ${y.length} y`);
    checkAscending('lineChart', `${where}.x`, x);
    checkRange(xScale !== 'log' || x[0]! > 0, `lineChart: ${where}.x must be above 0 on a log scale`, x[0]);
    y.forEach((value, k) => {
      const ok = Number.isNaN(value) || (Number.isFinite(value) && (yScale !== 'log' || value > 0));
      const rule = `lineChart: ${where}.y must be finite${yScale === 'log' ? ' and above 0 on a log scale' : ''}, or NaN`;
      checkRange(ok, rule, `${value} at ${where}.y[${k}]`);
    });
    return { name: series.name, x, y };
  });
  const any = lines.some(({ y }) => y.some(Number.isFinite));
  checkRange(any, 'lineChart: series must have at least one finite value', Number.NaN);
  return lines;
}

const legend = (lines: readonly Line[]) => ({
  kind: 'names' as const,
  entries: lines.map(({ name }, i) => ({ name, mark: 'line' as const, ...lineStyle(i) })),
});

type Resolved = LineChartOptions & Required<Pick<LineChartOptions, 'xLabel' | 'yLabel' | 'xScale' | 'yScale'>>;

function plot(lines: readonly Line[], options: Resolved, size: { width: number; height: number }): Plot.PlotOptions {
  const { xScale, yScale, xLabel, yLabel } = options;
  const xCount = Math.max(3, Math.floor(size.width / 80));
  const yCount = Math.max(3, Math.floor(size.height / 50));
  const x =
    options.xDomain ??
    domainOf(
      lines.flatMap((line) => Array.from(line.x)),
      xScale,
    );
  const y =
    options.yDomain ??
    nice(
      domainOf(
        lines.flatMap((line) => Array.from(line.y)),
        yScale,
      ),
      yScale,
      yCount,
    );
  const xTicks = ticksOf(x, xScale, xCount);
  const yTicks = ticksOf(y, yScale, yCount);
  const cut = options.xDomain !== undefined || options.yDomain !== undefined;
  return {
    marginLeft: leftMargin(yTicks),
    marginRight: 24,
    marginTop: 32,
    marginBottom: 46,
    x: { type: xScale, domain: x },
    y: { type: yScale, domain: y },
    marks: [
      yGrid(yTicks),
      xGrid(xTicks),
      baseline(),
      xAxis(xTicks, xLabel),
      ...yAxis(yTicks, yLabel),
      ...lines.flatMap((line, i) => marksOf(line, i, cut)),
    ],
  };
}

function marksOf({ x, y }: Line, i: number, cut: boolean): Plot.Markish[] {
  const { color, dash } = lineStyle(i);
  const alone = Array.from(y.keys()).filter(
    (k) =>
      Number.isFinite(y[k]) && !Number.isFinite(y[k - 1] ?? Number.NaN) && !Number.isFinite(y[k + 1] ?? Number.NaN),
  );
  const line = Plot.line(
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
  if (alone.length === 0) return [line];
  const at = { x: alone.map((k) => x[k]!), y: alone.map((k) => y[k]!) };
  return [line, Plot.dot({ length: alone.length }, { ...at, fill: color, r: 3, ...(cut ? { clip: true } : {}) })];
}

function describe(lines: readonly Line[], xLabel: string, yLabel: string): string {
  const told = lines.slice(0, 8).map(({ name, x, y }) => {
    const known = Array.from(y.keys()).filter((k) => Number.isFinite(y[k]));
    if (known.length === 0) return `${name}: no value.`;
    const at = (k: number) => `${formatNumber(y[k]!)} at ${formatNumber(x[k]!)}`;
    const least = known.reduce((best, k) => (y[k]! < y[best]! ? k : best));
    const most = known.reduce((best, k) => (y[k]! > y[best]! ? k : best));
    return `${name}: from ${at(known[0]!)} to ${at(known.at(-1)!)}; lowest ${at(least)}, highest ${at(most)}.`;
  });
  const more = lines.length > 8 ? ` And ${lines.length - 8} more.` : '';
  const count = lines.length === 1 ? 'One line' : `${lines.length} lines`;
  return `${count}, ${yLabel} by ${xLabel}. ${told.join(' ')}${more}`;
}

function tabulate(lines: readonly Line[], xLabel: string): Table {
  const byX = lines.map(({ x, y }) => new Map(Array.from(x, (position, k) => [position, y[k]!])));
  const positions = [...new Set(lines.flatMap(({ x }) => Array.from(x)))].sort((a, b) => a - b);
  const cell = (value: number | undefined) => (value === undefined ? '' : Number.isNaN(value) ? 'NaN' : value);
  return {
    columns: [xLabel, ...lines.map(({ name }) => name)],
    rows: positions.map((position) => [position, ...byX.map((values) => cell(values.get(position)))]),
  };
}
