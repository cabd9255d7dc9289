import { checkNumber, checkRange } from '@weightkit/numerics/check';
import { leftMargin, xAxis, yAxis } from '../marks/axes.ts';
import { type Axis, makeAxis } from '../marks/axis.ts';
import { type HeatScheme, ink, ramp } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { border, frameIn, type Size, xAt } from '../marks/frame.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { heatCells, ODD_LEVEL } from '../marks/heat-cells.ts';
import { cellEdges, cellHints, said } from '../marks/hints.ts';
import { countText, grouped, groupSize } from '../marks/many.ts';
import { oddEntries, rowCrosses } from '../marks/odd-marks.ts';
import type { FigureOptions } from '../marks/options.ts';
import {
  checkArray,
  checkChoice,
  checkData,
  checkEntries,
  checkFigureOptions,
  checkPlaces,
  checkTexts,
} from '../marks/options.ts';
import { tickStep } from '../marks/ticks.ts';
import type { SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, isDrawn, oddName, readValues, type Value } from '../marks/values.ts';
import { mergeBins, mergeEdges, middleOf, peakOf, readBins, readCount, readEdges } from './histogram.ts';

/** Histograms over the same bins, one per step. */
export interface HistogramHeatmapData {
  /** Edges of the bins, ascending: one more than there are bins. */
  readonly edges: ArrayLike<number>;
  /** Counts or densities, one row per step. */
  readonly rows: readonly ArrayLike<ChartValue>[];
  /** The step of each row, ascending. @defaultValue 0, 1, 2, ... */
  readonly steps?: ArrayLike<ChartValue>;
  /** How many entries of each row are NaN or infinite, and so in no bin: the figure says it. @defaultValue none */
  readonly nonFinite?: ArrayLike<number>;
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
  /** `'log'`: by the logarithm of the value plus one, for counts of which few bins have most. @defaultValue 'linear' */
  colorScale?: 'linear' | 'log';
}

interface Row {
  step: Value;
  cells: Value[];
  nonFinite: number;
}

interface Read {
  edges: Float64Array;
  rows: Row[];
  /** What was made of too many bins and rows. */
  remarks: string[];
}

const MOST_BINS = 256;
const MOST_ROWS = 256;

const LEVELS = 64;
const LOGARITHMIC = 'colors by the logarithm of value + 1';
const own = ['xLabel', 'yLabel', 'max', 'scheme', 'colorScale'];

/**
 * Histograms over time as one picture: a row per step, the first at the top, a column per bin, brighter for more.
 *
 * Colors have 64 levels, linear or logarithmic from 0 to `max`. What is NaN, infinite or missing is gray. More than 256 bins or rows are merged
 * by neighbors, to their mean, and the figure says so.
 *
 * @param data - bin edges, and one histogram per step
 * @throws RangeError if there is no row, edges or steps do not ascend, a row has another number of bins, or a value is negative
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
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
  let highest = 0;
  for (const { cells } of read.rows) for (const value of cells) if (isDrawn(value) && value > highest) highest = value;
  const { title = 'Histograms over time', xLabel = 'weight', yLabel = 'step', scheme = 'inferno' } = options;
  const { max = highest || 1, colorScale = 'linear' } = options;
  checkNumber(`${fn}: max must be above 0 and finite`, max, (x) => x > 0 && Number.isFinite(x));
  checkChoice(fn, 'scheme', scheme, ['inferno', 'hot']);
  checkChoice(fn, 'colorScale', colorScale, ['linear', 'log']);
  const log = colorScale === 'log';
  const colors = ramp(scheme, LEVELS);
  const to = formatNumber(max) + (highest > max ? ' or more' : '');
  return makeFigure({
    chart: 'histogramHeatmap',
    title,
    description: describe(read, xLabel, yLabel, highest, log),
    table: () => tabulate(read, yLabel),
    options,
    legend: { kind: 'ramp', colors, from: '0', to, entries: entriesOf(read, log) },
    plotHeight: (_, headerHeight) => 420 - headerHeight,
    plot: (size) =>
      plot(
        read,
        {
          xLabel,
          yLabel,
          shareOf: log ? (value) => Math.log1p(value) / Math.log1p(max) : (value) => value / max,
          colors,
        },
        size,
      ),
  });
}

const binName = (edges: Float64Array, i: number) =>
  `${formatNumber(edges[i]!, 4)} to ${formatNumber(edges[i + 1]!, 4)}`;

const outside = ({ rows }: Read) => rows.reduce((sum, { nonFinite }) => sum + nonFinite, 0);

function tabulate(read: Read, yLabel: string) {
  const { edges, rows } = read;
  const more = outside(read) > 0;
  return {
    columns: [
      yLabel,
      ...Array.from({ length: edges.length - 1 }, (_, i) => binName(edges, i)),
      ...(more ? ['not finite'] : []),
    ],
    rows: rows.map(({ step, cells, nonFinite }) => [cellOf(step), ...cells.map(cellOf), ...(more ? [nonFinite] : [])]),
  };
}

function entriesOf(read: Read, log: boolean): LegendEntry[] {
  const odd = oddEntries(
    read.rows.flatMap(({ cells }) => cells.filter((value) => !isDrawn(value))),
    'square',
    ink.none,
  );
  const lost = outside(read);
  const scale = log ? [LOGARITHMIC] : [];
  const told = saidEntries([...scale, ...read.remarks]);
  const name = `${countText(lost)} entries not finite, in no bin`;
  return [...odd, ...told, ...(lost > 0 ? [{ name, mark: 'cross' as const, color: ink.text }] : [])];
}

function readRows(data: HistogramHeatmapData): Read {
  const fn = 'histogramHeatmap';
  checkData(fn, data);
  const edges = readEdges(fn, data.edges);
  checkEntries(fn, 'rows', data.rows);
  const perRow = <T>(name: 'steps' | 'nonFinite', read: (raw: ArrayLike<unknown>) => T[], none: (i: number) => T) => {
    const raw = data[name];
    if (raw === undefined) return data.rows.map((_, i) => none(i));
    checkArray(fn, name, raw);
    const rule = `${fn}: ${name} must have as many entries as rows`;
    checkRange(raw.length === data.rows.length, rule, `${raw.length} ${name} and ${data.rows.length} rows`);
    return read(raw);
  };
  const steps = perRow<Value>(
    'steps',
    (raw) => readValues(fn, 'steps', raw),
    (i) => i,
  );
  checkPlaces(fn, 'steps', steps);
  const nonFinite = perRow(
    'nonFinite',
    (raw) => Array.from(raw, (count, i) => readCount(fn, `nonFinite[${i}]`, count)),
    () => 0,
  );
  const bins = edges.length - 1;
  const size = groupSize(bins, MOST_BINS);
  const rows = data.rows.map((raw, i) => {
    const cells = mergeBins(readBins(fn, `rows[${i}]`, raw, bins), edges, size, 'mean');
    return { step: steps[i]!, cells, nonFinite: nonFinite[i]! };
  });
  const high = groupSize(rows.length, MOST_ROWS);
  const remarks = [
    ...(size > 1 ? [`${countText(size)} of ${countText(bins)} bins are drawn as one, their mean`] : []),
    ...(high > 1 ? [`${countText(high)} of ${countText(rows.length)} rows are drawn as one, their mean`] : []),
  ];
  return { edges: mergeEdges(edges, size), rows: high === 1 ? rows : grouped(rows, high).map(meanRow), remarks };
}

/** The mean of rows, at the step of the first; a bin that cannot be drawn in one of them cannot be drawn. */
function meanRow(rows: readonly Row[]): Row {
  const cells = rows[0]!.cells.map((_, bin) => {
    const odd = rows.find(({ cells }) => !isDrawn(cells[bin]));
    if (odd !== undefined) return odd.cells[bin]!;
    return rows.reduce((sum, { cells }) => sum + cells[bin]! / rows.length, 0);
  });
  return { step: rows[0]!.step, cells, nonFinite: rows.reduce((sum, { nonFinite }) => sum + nonFinite, 0) };
}

interface Look {
  xLabel: string;
  yLabel: string;
  /** Where a value stands on the scale of colors, from 0 to 1 and above. */
  shareOf: (value: number) => number;
  colors: readonly string[];
}

function plot(read: Read, look: Look, size: Size): SvgNode[] {
  const { edges, rows } = read;
  const x = makeAxis([edges[0]!, edges.at(-1)!], 'linear', Math.max(3, Math.floor(size.width / 80)));
  const y = rowAxis(rows, Math.max(2, Math.floor(size.height / 40)));
  const level = (value: Value) =>
    isDrawn(value) ? Math.min(LEVELS - 1, Math.floor(look.shareOf(value) * LEVELS)) : ODD_LEVEL;
  const levels = rows.map(({ cells }) => cells.map(level));
  const lacking = [...rows.keys()].filter((i) => rows[i]!.nonFinite > 0).map((i) => y.place(i + 0.5));
  const frame = frameIn(size, { left: leftMargin(y), right: 24, top: 32, bottom: 46 });
  return [
    heatCells(frame, Array.from(edges, x.place), levels, look.colors, ink.none),
    border(frame),
    ...rowCrosses(frame, lacking, ink.text),
    xAxis(frame, x, look.xLabel),
    yAxis(frame, y, look.yLabel),
    cellHints(
      rows.map(({ cells }) => cells),
      {
        x: Array.from(edges, (edge) => xAt(frame, x.place(edge))),
        y: cellEdges(frame.top, frame.bottom, rows.length),
        rows: rows.map(({ step }) => said(step)),
        columns: Array.from(edges.subarray(1), (edge, k) => `${formatNumber(edges[k]!)} to ${formatNumber(edge)}`),
      },
    ),
  ];
}

/** Rows one below the other, numbered by their steps in their middles. */
function rowAxis(rows: readonly Row[], count: number): Axis {
  const every = Math.max(1, tickStep(rows.length, count));
  const ticks = [...rows.keys()].filter((i) => i % every === 0).map((i) => i + 0.5);
  const format = (position: number) => {
    const { step } = rows[Math.round(position - 0.5)]!;
    return isDrawn(step) ? formatNumber(step) : oddName(step);
  };
  return { domain: [0, rows.length], scale: 'linear', ticks, format, place: (position) => 1 - position / rows.length };
}

function describe(read: Read, xLabel: string, yLabel: string, highest: number, log: boolean): string {
  const { edges, rows, remarks } = read;
  const at = ({ step, cells }: Row) => {
    const peak = peakOf(cells);
    const near = peak === undefined ? 'nowhere' : `near ${formatNumber(middleOf(edges, peak))}`;
    return `at ${yLabel} ${isDrawn(step) ? formatNumber(step) : oddName(step)} ${near}`;
  };
  const span = `${formatNumber(edges[0]!)} to ${formatNumber(edges.at(-1)!)}`;
  const peaks = rows.length === 1 ? at(rows[0]!) : `${at(rows[0]!)}, ${at(rows.at(-1)!)}`;
  const odd = describeOdd(rows.flatMap(({ cells }) => cells.filter((value) => !isDrawn(value))));
  const lost = outside(read);
  const more = [
    ...remarks,
    ...(odd === '' ? [] : [`Gray: ${odd}`]),
    ...(lost > 0 ? [`${countText(lost)} entries not finite, in no bin`] : []),
  ];
  return (
    `${rows.length} histograms of ${xLabel} from ${span}, one row per ${yLabel}, brighter for more${log ? ' on a logarithmic scale' : ''}. ` +
    `The highest bin is ${peaks}; the highest value of all is ${formatNumber(highest)}.` +
    more.map((sentence) => ` ${sentence}.`).join('')
  );
}
