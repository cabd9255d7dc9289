import { checkType } from '@weightkit/numerics/check';
import { leftMargin, xAxis, yAxis, yGrid } from '../marks/axes.ts';
import { type Axis, makeAxis } from '../marks/axis.ts';
import { darkOf, legible, lineStyle, pair, ramp } from '../marks/colors.ts';
import { domainOf, nice } from '../marks/domain.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { baseline, frameIn, type Size, xAt } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, groupSize, spread } from '../marks/many.ts';
import { fitRows, type OddMark, oddEntries, oddMarks, rowOf } from '../marks/odd-marks.ts';
import { checkChoice, checkData, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import type { Plane } from '../marks/plane.ts';
import { alone } from '../marks/polyline.ts';
import { dot, group, polyline } from '../marks/shapes.ts';
import type { SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, drawn, isDrawn, type Value } from '../marks/values.ts';
import { type Merging, mergeBins, mergeEdges, middleOf, peakOf, readBins, readCount, readEdges } from './histogram.ts';
import { binHints, heightAt, type OutlineLook, outline } from './histogram-outline.ts';

/** One histogram, by counts or by density (area 1). */
export type HistogramCurve = {
  /** What the legend calls it. */
  readonly name: string;
  /** How many entries are NaN or infinite, and so in no bin: the figure says it. @defaultValue 0 */
  readonly nonFinite?: number;
} & (
  | {
      /** Entries per bin. */
      readonly counts: ArrayLike<ChartValue>;
      /** Not beside `counts`. */
      readonly density?: never;
    }
  | {
      /** Density per bin. */
      readonly density: ArrayLike<ChartValue>;
      /** Not beside `density`. */
      readonly counts?: never;
    }
);

/** Histograms over the same bins. */
export interface HistogramData {
  /** Edges of the bins, ascending: one more than there are bins. */
  readonly edges: ArrayLike<number>;
  /** The histograms, all by counts or all by density. */
  readonly curves: readonly HistogramCurve[];
}

/** Options of {@link histogramChart}. */
export interface HistogramChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'weight' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'count' or 'density' */
  yLabel?: string;
  /**
   * `'sequence'`: curves through the middles of the bins, colored in order by plasma from 0.2 to 0.9, later ones
   * brighter. `'names'`: stepped outlines with a legend. @defaultValue 'names' for at most 4 curves, else 'sequence'
   */
  look?: 'sequence' | 'names';
}

interface Curve {
  name: string;
  heights: Value[];
  nonFinite: number;
  /** Number of the curve, which gives it its look. */
  i: number;
}

interface Read {
  edges: Float64Array;
  curves: Curve[];
  kind: 'counts' | 'density';
  /** What was made of too many bins and curves. */
  remarks: string[];
}

const MOST_BINS = 1024;
const MOST_CURVES = 100;

const own = ['xLabel', 'yLabel', 'look'];

/**
 * Histograms laid over each other: weights before and after training, or one curve per epoch.
 *
 * Where a height is NaN, infinite or missing the outline breaks, with a mark above the plot. More than 1024 bins are merged by
 * neighbors, counts added, densities averaged; of more than 100 curves 100 are drawn, evenly spread. The figure says so.
 *
 * @param data - bin edges and the histograms
 * @throws RangeError if edges do not ascend, a histogram has another number of bins, or a height is negative
 * @throws TypeError if a height is neither a number nor one of the texts for NaN and infinity nor missing, if counts and
 * densities are mixed, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { histogramChart } from '@weightkit/viz';
 * const data = { edges: [-1, 0, 1], curves: [{ name: 'before', counts: [5, 5] }, { name: 'after', counts: [9, 1] }] };
 * console.log(histogramChart(data).table.columns.join()); // -> from,to,before,after
 * ```
 */
export function histogramChart(data: HistogramData, options: HistogramChartOptions = {}): Figure {
  checkFigureOptions('histogramChart', options, own);
  checkTexts('histogramChart', options, ['xLabel', 'yLabel']);
  const read = readCurves(data);
  const { look = read.curves.length <= 4 ? 'names' : 'sequence', title = 'Histograms', xLabel = 'weight' } = options;
  checkChoice('histogramChart', 'look', look, ['sequence', 'names']);
  const { yLabel = read.kind === 'counts' ? 'count' : 'density' } = options;
  const colors = look === 'names' ? read.curves.map(({ i }) => lineStyle(i).color) : sequence(read.curves.length);
  return makeFigure({
    chart: 'histogramChart',
    title,
    description: describe(read, xLabel),
    table: () => tabulate(read),
    options,
    legend: legendOf(read, look, colors),
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) => plot(read, { xLabel, yLabel, look, colors }, size),
  });
}

// On a dark ground its dark end is lighter.
const sequence = (count: number) => ramp('plasma', count, 0.2, 0.9).map((color) => pair(color, darkOf(legible(color))));

function readCurves(data: HistogramData): Read {
  const fn = 'histogramChart';
  checkData(fn, data);
  const edges = readEdges(fn, data.edges);
  let first: Read['kind'] | undefined;
  const all = readNamed(fn, 'curves', data.curves, (curve, { where }, i): Curve => {
    const { name, counts, density, nonFinite = 0 } = curve;
    const kind = counts === undefined ? 'density' : 'counts';
    first ??= kind;
    const one = (counts === undefined) !== (density === undefined);
    checkType(one && kind === first, `${fn}: curves must all have counts, or all density`, curve);
    return {
      name,
      heights: readBins(fn, where(kind), (counts ?? density)!, edges.length - 1),
      nonFinite: readCount(fn, where('nonFinite'), nonFinite ?? 0),
      i,
    };
  });
  return reduce(edges, all, first!);
}

function reduce(edges: Float64Array, all: readonly Curve[], kind: Read['kind']): Read {
  const bins = edges.length - 1;
  const size = groupSize(bins, MOST_BINS);
  const how: Merging = kind === 'counts' ? 'sum' : 'density';
  const curves = spread(all.length, MOST_CURVES).map((i) => {
    const curve = all[i]!;
    return { ...curve, heights: mergeBins(curve.heights, edges, size, how) };
  });
  const merged = `${countText(size)} of ${countText(bins)} bins are drawn as one, ${kind === 'counts' ? 'their sum' : 'their mean'}`;
  const some = `${curves.length} of ${countText(all.length)} histograms are drawn`;
  const remarks = [...(size > 1 ? [merged] : []), ...(curves.length < all.length ? [some] : [])];
  return { edges: mergeEdges(edges, size), curves, kind, remarks };
}

function legendOf({ curves, remarks }: Read, look: string, colors: readonly string[]): Legend | undefined {
  const outside = curves.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  const entries: LegendEntry[] = [
    ...oddEntries(curves.flatMap(({ heights }) => heights)),
    ...saidEntries([...remarks, ...(outside > 0 ? [`${countText(outside)} entries not finite, in no bin`] : [])]),
  ];
  if (look === 'names') {
    const named: LegendEntry[] = curves.map(({ name, i }) => ({ name, mark: 'line', ...lineStyle(i) }));
    const all = [...(curves.length < 2 ? [] : named), ...entries];
    return all.length === 0 ? undefined : { kind: 'names', entries: all };
  }
  const shown = colors.length < 8 ? colors : sequence(32);
  return { kind: 'ramp', colors: shown, from: curves[0]!.name, to: curves.at(-1)!.name, entries };
}

function tabulate({ edges, curves }: Read) {
  const rows: (string | number)[][] = Array.from({ length: edges.length - 1 }, (_, i) => [
    edges[i]!,
    edges[i + 1]!,
    ...curves.map(({ heights }) => cellOf(heights[i]!)),
  ]);
  if (curves.some(({ nonFinite }) => nonFinite > 0)) {
    rows.push(['not finite', '', ...curves.map(({ nonFinite }) => nonFinite)]);
  }
  return { columns: ['from', 'to', ...curves.map(({ name }) => name)], rows };
}

interface Look {
  xLabel: string;
  yLabel: string;
  look: 'sequence' | 'names';
  colors: readonly string[];
}

function plot(read: Read, { xLabel, yLabel, look, colors }: Look, size: Size): SvgNode[] {
  const { edges, curves } = read;
  const yCount = Math.max(3, Math.floor(size.height / 50));
  const heights = curves.flatMap((curve) => drawn(curve.heights));
  const yDomain = nice(domainOf(heights, 'linear', true), 'linear', yCount);
  const x = makeAxis([edges[0]!, edges.at(-1)!], 'linear', Math.max(3, Math.floor(size.width / 80)));
  const y = makeAxis(yDomain, 'linear', yCount);
  const { marks: odd, raise } = fitRows(oddPlaces(read, x, colors), size.height);
  const frame = frameIn(size, { left: leftMargin(y), right: 24, top: 32 + raise, bottom: 46 });
  const draw = look === 'names' ? outline : curve;
  return [
    yGrid(frame, y),
    ...curves.flatMap(({ heights, i }, n) =>
      draw(edges, heights, { x, y, frame }, { color: colors[n]!, dash: lineStyle(i).dash }),
    ),
    baseline(frame),
    xAxis(frame, x, xLabel),
    yAxis(frame, y, yLabel, raise),
    ...oddMarks(frame, odd),
    ...curves.flatMap(({ name, heights }) => binHints(`${name}, `, edges, heights, { x, y, frame })),
  ];
}

function oddPlaces({ edges, curves }: Read, x: Axis, colors: readonly string[]): OddMark[] {
  const some = [...curves.keys()].filter((n) => curves[n]!.heights.some((height) => !isDrawn(height)));
  return some.flatMap((n, k) =>
    curves[n]!.heights.flatMap((value, i) =>
      isDrawn(value) ? [] : [{ place: x.place(middleOf(edges, i)), value, color: legible(colors[n]!), row: rowOf(k) }],
    ),
  );
}

// Bright curves get a darker edge, else the last ones would fade into the white.
function curve(edges: Float64Array, heights: readonly Value[], plane: Plane, { color }: OutlineLook): SvgNode[] {
  const { x, frame } = plane;
  const corners = {
    x: heights.map((_, i) => xAt(frame, x.place(middleOf(edges, i)))),
    y: heights.map((height) => heightAt(plane, height)),
  };
  const edge = legible(color);
  const dots = alone(corners).map((i) => dot([corners.x[i]!, corners.y[i]!], 2));
  return [
    ...(edge === color ? [] : [polyline(corners, { stroke: edge, 'stroke-width': 2.5 })]),
    polyline(corners, { stroke: color, 'stroke-width': 1.5 }),
    ...(dots.length === 0 ? [] : [group('dot', { fill: edge }, ...dots)]),
  ];
}

function describe({ edges, curves, kind, remarks }: Read, xLabel: string): string {
  const bins = edges.length - 1;
  const span = `${formatNumber(edges[0]!)} to ${formatNumber(edges.at(-1)!)}`;
  const told = curves.length <= 8 ? curves : [curves[0]!, curves.at(-1)!];
  const first = curves.length === 1 ? 'A histogram' : `${curves.length} histograms`;
  const between = curves.length > 8 ? ' First and last:' : '';
  const more = remarks.map((remark) => ` ${remark}.`).join('');
  const peaks = told.map((curve) => peakText(edges, curve)).join(' ');
  return `${first} (${kind}) of ${xLabel} from ${span} in ${bins} ${bins === 1 ? 'bin' : 'bins'}.${more}${between} ${peaks}`;
}

function peakText(edges: Float64Array, { name, heights, nonFinite }: Curve): string {
  const top = peakOf(heights);
  const peak =
    top === undefined
      ? 'no value'
      : `highest near ${formatNumber(middleOf(edges, top))}, ${formatNumber(heights[top]!)}`;
  const odd = describeOdd(heights);
  const told = [peak];
  if (odd !== '') told.push(`heights: ${odd}`);
  if (nonFinite > 0) told.push(`${countText(nonFinite)} entries not finite, in no bin`);
  return `${name}: ${told.join('; ')}.`;
}
