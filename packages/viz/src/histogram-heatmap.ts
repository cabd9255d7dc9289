import * as Plot from '@observablehq/plot';
import { checkRange } from '@weightkit/numerics/check';
import { leftMargin, tickStep, ticksOf, xAxis, yAxis } from './axes.ts';
import { type HeatScheme, ramp } from './colors.ts';
import { type Figure, makeFigure } from './figure.ts';
import { formatNumber } from './format.ts';
import { heatCells } from './heat-cells.ts';
import { peakOf, readBins, readEdges } from './histogram.ts';
import type { FigureOptions } from './options.ts';
import { checkAscending, checkChoice, checkFigureOptions, checkList, checkTexts } from './options.ts';

/** Histograms over the same bins, one per step. */
export interface HistogramHeatmapData {
  /** Edges of the bins, ascending: one more than there are bins. */
  readonly edges: ArrayLike<number>;
  /** Counts or densities, one row per step. */
  readonly rows: readonly ArrayLike<number>[];
  /** The step of each row, ascending. @defaultValue 0, 1, 2, ... */
  readonly steps?: ArrayLike<number>;
}

/** Options of {@link histogramHeatmap}. */
export interface HistogramHeatmapOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'weight' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'step' */
  yLabel?: string;
  /** The value, above 0, that gets the brightest color, as all above it. @defaultValue the highest value */
  max?: number;
  /** Colors from 0 (black) to `max` (bright). @defaultValue 'inferno' */
  scheme?: HeatScheme;
}

interface Read {
  edges: Float64Array;
  rows: Float64Array[];
  steps: Float64Array;
}

const LEVELS = 64;
const own = ['xLabel', 'yLabel', 'max', 'scheme'];

/**
 * Histograms over time as one picture: a row per step, the first at the top, a column per bin, brighter for more.
 *
 * Colors have 64 levels, linear from 0 to `max`.
 *
 * @param data - bin edges, and one histogram per step
 * @throws RangeError if there is no row, edges or steps do not ascend, a row has another number of bins, or a value is
 * negative or not finite
 * @throws TypeError if an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { histogramHeatmap } from '@weightkit/viz';
 * const figure = histogramHeatmap({ edges: [-1, 0, 1], rows: [[5, 5], [9, 1]], steps: [0, 100] });
 * console.log(figure.table.rows.length); // -> 2
 * ```
 */
export function histogramHeatmap(data: HistogramHeatmapData, options: HistogramHeatmapOptions = {}): Figure {
  const fn = 'histogramHeatmap';
  checkFigureOptions(fn, options, own);
  checkTexts(fn, options, ['xLabel', 'yLabel']);
  const read = readRows(data);
  const highest = read.rows.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
  const { title = 'Histograms over time', xLabel = 'weight', yLabel = 'step', scheme = 'inferno' } = options;
  const { max = highest || 1 } = options;
  checkRange(max > 0 && Number.isFinite(max), `${fn}: max must be above 0 and finite`, max);
  checkChoice(fn, 'scheme', scheme, ['inferno', 'hot']);
  const colors = ramp(scheme, LEVELS);
  const to = formatNumber(max) + (highest > max ? ' or more' : '');
  return makeFigure({
    title,
    description: describe(read, xLabel, yLabel, highest),
    table: {
      columns: [yLabel, ...Array.from(read.rows[0]!, (_, i) => binName(read.edges, i))],
      rows: read.rows.map((row, i) => [read.steps[i]!, ...row]),
    },
    options,
    legend: { kind: 'ramp', colors, from: '0', to },
    plotHeight: (_, headerHeight) => 420 - headerHeight,
    plot: (size) => plot(read, { xLabel, yLabel, max, colors }, size),
  });
}

const binName = (edges: Float64Array, i: number) =>
  `${formatNumber(edges[i]!, 4)} to ${formatNumber(edges[i + 1]!, 4)}`;

function readRows(data: HistogramHeatmapData): Read {
  const fn = 'histogramHeatmap';
  const edges = readEdges(fn, data?.edges);
  checkList(fn, 'rows', data.rows);
  const rows = data.rows.map((row, i) => readBins(fn, `rows[${i}]`, row, edges.length - 1));
  const steps = Float64Array.from(data.steps ?? rows.map((_, i) => i));
  const rule = `${fn}: steps must be as many as rows`;
  checkRange(steps.length === rows.length, rule, `${steps.length} steps and ${rows.length} rows`);
  checkAscending(fn, 'steps', steps);
  return { edges, rows, steps };
}

interface Look {
  xLabel: string;
  yLabel: string;
  max: number;
  colors: readonly string[];
}

function plot(read: Read, look: Look, size: { width: number; height: number }): Plot.PlotOptions {
  const { edges, rows, steps } = read;
  const x: [number, number] = [edges[0]!, edges.at(-1)!];
  const xTicks = ticksOf(x, 'linear', Math.max(3, Math.floor(size.width / 80)));
  const every = Math.max(1, tickStep(rows.length, Math.max(2, Math.floor(size.height / 40))));
  const yTicks = Array.from(rows.keys()).filter((i) => i % every === 0);
  const stepAt = (position: number) => formatNumber(steps[Math.round(position - 0.5)]!);
  const middles = yTicks.map((i) => i + 0.5);
  const level = (value: number) => Math.min(LEVELS - 1, Math.floor((value / look.max) * LEVELS));
  const levels = rows.map((row) => Array.from(row, level));
  return {
    marginLeft: leftMargin(middles, stepAt),
    marginRight: 24,
    marginTop: 32,
    marginBottom: 46,
    x: { type: 'linear', domain: x },
    y: { type: 'linear', domain: [0, rows.length], reverse: true },
    marks: [
      heatCells(edges, levels, look.colors),
      Plot.frame({ stroke: '#888' }),
      xAxis(xTicks, look.xLabel),
      ...yAxis(middles, look.yLabel, stepAt),
    ],
  };
}

function describe({ edges, rows, steps }: Read, xLabel: string, yLabel: string, highest: number): string {
  const at = (i: number) => `at ${yLabel} ${formatNumber(steps[i]!)} near ${formatNumber(peakOf(edges, rows[i]!))}`;
  const span = `${formatNumber(edges[0]!)} to ${formatNumber(edges.at(-1)!)}`;
  const last = rows.length - 1;
  const peaks = last === 0 ? at(0) : `${at(0)}, ${at(last)}`;
  return (
    `${rows.length} histograms of ${xLabel} from ${span}, one row per ${yLabel}, brighter for more. ` +
    `The highest bin is ${peaks}; the highest value of all is ${formatNumber(highest)}.`
  );
}
