import * as Plot from '@observablehq/plot';
import { checkType } from '@weightkit/numerics/check';
import { baseline, domainOf, leftMargin, nice, ticksOf, xAxis, yAxis, yGrid } from './axes.ts';
import { legible, lineStyle, ramp } from './colors.ts';
import { type Figure, makeFigure } from './figure.ts';
import { formatNumber } from './format.ts';
import type { Legend } from './header.ts';
import { peakOf, readBins, readEdges } from './histogram.ts';
import { checkChoice, checkFigureOptions, checkList, checkTexts, type FigureOptions } from './options.ts';

/** One histogram, by counts or by density (area 1). */
export type HistogramCurve = {
  /** What the legend calls it. */
  readonly name: string;
} & (
  | {
      /** Entries per bin. */
      readonly counts: ArrayLike<number>;
      /** Not beside `counts`. */
      readonly density?: never;
    }
  | {
      /** Density per bin. */
      readonly density: ArrayLike<number>;
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

interface Read {
  edges: Float64Array;
  curves: { name: string; heights: Float64Array }[];
  kind: 'counts' | 'density';
}

const own = ['xLabel', 'yLabel', 'look'];

/**
 * Histograms laid over each other: weights before and after training, or one curve per epoch.
 *
 * @param data - bin edges and the histograms
 * @throws RangeError if edges do not ascend, a histogram has another number of bins, or a height is negative or not finite
 * @throws TypeError if counts and densities are mixed, or an option is unknown or of the wrong kind
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
  const colors = look === 'names' ? read.curves.map((_, i) => lineStyle(i).color) : sequence(read.curves.length);
  return makeFigure({
    title,
    description: describe(read, xLabel),
    table: {
      columns: ['from', 'to', ...read.curves.map(({ name }) => name)],
      rows: Array.from({ length: read.edges.length - 1 }, (_, i) => [
        read.edges[i]!,
        read.edges[i + 1]!,
        ...read.curves.map(({ heights }) => heights[i]!),
      ]),
    },
    options,
    legend: legendOf(read, look, colors),
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) => plot(read, { xLabel, yLabel, look, colors }, size),
  });
}

const sequence = (count: number) => ramp('plasma', count, 0.2, 0.9);

function readCurves(data: HistogramData): Read {
  const fn = 'histogramChart';
  const edges = readEdges(fn, data?.edges);
  checkList(fn, 'curves', data.curves);
  const kinds = data.curves.map((curve) => (curve?.counts === undefined ? 'density' : 'counts'));
  const curves = data.curves.map((curve, i) => {
    checkType(typeof curve?.name === 'string', `${fn}: curves[${i}].name must be a text`, curve?.name);
    const one = (curve.counts === undefined) !== (curve.density === undefined);
    checkType(one && kinds[i] === kinds[0], `${fn}: curves must all have counts, or all density`, curve);
    const heights = (curve.counts ?? curve.density)!;
    return { name: curve.name, heights: readBins(fn, `curves[${i}].${kinds[i]}`, heights, edges.length - 1) };
  });
  return { edges, curves, kind: kinds[0]! };
}

function legendOf({ curves }: Read, look: string, colors: readonly string[]): Legend | undefined {
  if (look === 'names') {
    if (curves.length < 2) return undefined;
    const entries = curves.map(({ name }, i) => ({ name, mark: 'line' as const, ...lineStyle(i) }));
    return { kind: 'names', entries };
  }
  const shown = colors.length < 8 ? colors : ramp('plasma', 32, 0.2, 0.9);
  return { kind: 'ramp', colors: shown, from: curves[0]!.name, to: curves.at(-1)!.name };
}

interface Look {
  xLabel: string;
  yLabel: string;
  look: 'sequence' | 'names';
  colors: readonly string[];
}

function plot(read: Read, { xLabel, yLabel, look, colors }: Look, size: { width: number; height: number }) {
  const { edges, curves } = read;
  const yCount = Math.max(3, Math.floor(size.height / 50));
  const x: [number, number] = [edges[0]!, edges.at(-1)!];
  const y = nice(
    domainOf(
      curves.flatMap(({ heights }) => Array.from(heights)),
      'linear',
      true,
    ),
    'linear',
    yCount,
  );
  const xTicks = ticksOf(x, 'linear', Math.max(3, Math.floor(size.width / 80)));
  const yTicks = ticksOf(y, 'linear', yCount);
  const draw = look === 'names' ? outline : curve;
  return {
    marginLeft: leftMargin(yTicks),
    marginRight: 24,
    marginTop: 32,
    marginBottom: 46,
    x: { type: 'linear' as const, domain: x },
    y: { type: 'linear' as const, domain: y },
    marks: [
      yGrid(yTicks),
      ...curves.flatMap(({ heights }, i) => draw(edges, heights, colors[i]!, i)),
      baseline(),
      xAxis(xTicks, xLabel),
      ...yAxis(yTicks, yLabel),
    ],
  };
}

// Bright curves get a darker edge, else the last ones would fade into the white.
function curve(edges: Float64Array, heights: Float64Array, color: string): Plot.Markish[] {
  const x = heights.map((_, i) => (edges[i]! + edges[i + 1]!) / 2);
  const line = { x, y: heights, strokeLinejoin: 'round' as const };
  const edge = legible(color);
  const top = Plot.line({ length: x.length }, { ...line, stroke: color, strokeWidth: 1.5 });
  return edge === color ? [top] : [Plot.line({ length: x.length }, { ...line, stroke: edge, strokeWidth: 2.5 }), top];
}

function outline(edges: Float64Array, heights: Float64Array, color: string, i: number): Plot.Markish[] {
  const x = Array.from(edges).flatMap((edge) => [edge, edge]);
  const y = [0, ...Array.from(heights).flatMap((height) => [height, height]), 0];
  const { dash } = lineStyle(i);
  return [
    Plot.areaY({ length: x.length }, { x, y1: 0, y2: y, fill: color, fillOpacity: 0.12 }),
    Plot.line(
      { length: x.length },
      {
        x,
        y,
        stroke: color,
        strokeWidth: 1.75,
        ...(dash === undefined ? {} : { strokeDasharray: dash }),
      },
    ),
  ];
}

function describe({ edges, curves, kind }: Read, xLabel: string): string {
  const bins = edges.length - 1;
  const span = `${formatNumber(edges[0]!)} to ${formatNumber(edges.at(-1)!)}`;
  const told = curves.length <= 8 ? curves : [curves[0]!, curves.at(-1)!];
  const peaks = told.map(({ name, heights }) => {
    const top = formatNumber(Math.max(...heights));
    return `${name}: highest near ${formatNumber(peakOf(edges, heights))}, ${top}.`;
  });
  const first = curves.length === 1 ? 'A histogram' : `${curves.length} histograms`;
  const between = curves.length > 8 ? ' First and last:' : '';
  return `${first} (${kind}) of ${xLabel} from ${span} in ${bins} ${bins === 1 ? 'bin' : 'bins'}.${between} ${peaks.join(' ')}`;
}
