import { checkType } from '@weightkit/numerics/check';
import { xAxis, xGrid } from '../marks/axes.ts';
import { type Axis, makeAxis } from '../marks/axis.ts';
import { ink, palette } from '../marks/colors.ts';
import { domainOf } from '../marks/domain.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type Frame, frameIn, type Size, xAt } from '../marks/frame.ts';
import { type Legend, saidEntries } from '../marks/header.ts';
import { hints, said } from '../marks/hints.ts';
import { countText, groupSize, spread } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import { kindOf, oddPaint, oddPath } from '../marks/odd-shape.ts';
import { checkChoice, checkData, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { placeNames, rowNames } from '../marks/rows.ts';
import { area, group, polyline, rule } from '../marks/shapes.ts';
import type { Table } from '../marks/table.ts';
import { node, type SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, isDrawn, type Value } from '../marks/values.ts';
import { halfWidth, mergeBins, mergeEdges, middleOf, peakOf, readBins, readCount, readEdges } from './histogram.ts';

/** A histogram that becomes a ridge. */
export interface Ridge {
  /** What stands beside it. */
  readonly name: string;
  /** Entries per bin. */
  readonly counts: ArrayLike<ChartValue>;
  /** Edges of its bins, ascending: one more than there are counts. @defaultValue the `edges` of all */
  readonly edges?: ArrayLike<number>;
  /** How many entries are NaN or infinite, and so in no bin: the figure says it. @defaultValue 0 */
  readonly nonFinite?: number;
}

/** Histograms below each other. */
export interface RidgelineData {
  /** The histograms, from top to bottom, one or more. */
  readonly ridges: readonly Ridge[];
  /** Edges of the bins of those that have none of their own. */
  readonly edges?: ArrayLike<number>;
}

/** Options of {@link ridgeline}. */
export interface RidgelineOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'weight' */
  xLabel?: string;
  /** `'own'`: each ridge is as high as the others. `'common'`: equal areas are equally many shares of a ridge's entries. @defaultValue 'own' */
  heights?: 'own' | 'common';
}

interface Read {
  name: string;
  edges: Float64Array;
  counts: Value[];
  /** Heights from 0 to 1, NaN where there is none. */
  heights: number[];
  nonFinite: number;
}

const MOST_RIDGES = 60;
const MOST_BINS = 256;
const STEP = 30;
/** How many steps a ridge of height 1 is high: it covers the foot of the one above. */
const RISE = 1.9;

/**
 * Histograms as ridges below each other, as of the weights of each layer or epoch.
 *
 * Counts are divided by the widths of their bins, so that bins of different widths look as they are. Where a count is NaN, infinite or
 * missing the ridge has a gap with a mark at its foot. Of more than 60 ridges 60 are drawn, evenly spread; more than 256 bins are merged by
 * neighbors, and the figure says so.
 *
 * @param data - histograms, with bin edges of their own or of all
 * @throws RangeError if there is no ridge, edges do not ascend, a ridge has another number of bins, or a count is negative
 * @throws TypeError if a count is neither a number nor one of the texts for NaN and infinity nor missing, a ridge has no edges, or an option
 * is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { ridgeline } from '@weightkit/viz';
 * const ridges = [{ name: 'conv', counts: [1, 8, 1] }, { name: 'dense', counts: [3, 4, 3] }];
 * console.log(ridgeline({ edges: [-3, -1, 1, 3], ridges }).table.rows.length); // -> 6
 * ```
 */
export function ridgeline(data: RidgelineData, options: RidgelineOptions = {}): Figure {
  const fn = 'ridgeline';
  checkFigureOptions(fn, options, ['xLabel', 'heights']);
  checkTexts(fn, options, ['xLabel']);
  const { title = 'Distributions', xLabel = 'weight', heights = 'own' } = options;
  checkChoice(fn, 'heights', heights, ['own', 'common']);
  const all = readRidges(fn, data);
  const some = spread(all.length, MOST_RIDGES).map((i) => all[i]!);
  const ridges = withHeights(some, heights);
  const remarks = [
    ...(all.length > some.length ? [`${some.length} of ${countText(all.length)} ridges are drawn`] : []),
    ...(all.some(({ merged }) => merged > 1) ? ['neighboring bins are drawn as one'] : []),
  ];
  return makeFigure({
    chart: 'ridgeline',
    title,
    description: describe(ridges, xLabel, remarks),
    table: () => tabulate(ridges),
    options,
    legend: legendOf(ridges, remarks),
    plotHeight: () => STEP * (ridges.length + RISE - 1) + 62,
    plot: (size) => plot(ridges, xLabel, size),
  });
}

type Merged = Omit<Read, 'heights'> & { merged: number };

function readRidges(fn: string, data: RidgelineData): Merged[] {
  checkData(fn, data);
  const shared = data.edges === undefined ? undefined : readEdges(fn, data.edges);
  return readNamed(fn, 'ridges', data.ridges, (ridge, { where }): Merged => {
    const own = ridge.edges === undefined ? shared : readEdges(fn, ridge.edges, where('edges'));
    checkType(own !== undefined, `${fn}: ${where()} must have edges, its own or those of all`, undefined);
    const counts = readBins(fn, where('counts'), ridge.counts, own.length - 1);
    const merged = groupSize(counts.length, MOST_BINS);
    const nonFinite = readCount(fn, where('nonFinite'), ridge.nonFinite ?? 0);
    return {
      name: ridge.name,
      edges: mergeEdges(own, merged),
      counts: mergeBins(counts, own, merged, 'sum'),
      nonFinite,
      merged,
    };
  });
}

/**
 * Counts by the widths of their bins, up to a factor: each ridge, or the highest of all, is 1 high. All are taken by the highest count and
 * the narrowest bin, since counts and widths may be of any size.
 */
function withHeights(ridges: readonly Merged[], how: 'own' | 'common'): Read[] {
  const widthsOf = (edges: Float64Array) => Array.from({ length: edges.length - 1 }, (_, i) => halfWidth(edges, i));
  const least = ridges.map(({ edges }) => Math.max(Number.MIN_VALUE, Math.min(...widthsOf(edges))));
  const narrowest = Math.min(...least);
  const shares = ridges.map(({ edges, counts }, n) => {
    const most = counts.reduce<number>((high, count) => (isDrawn(count) ? Math.max(high, count) : high), 0);
    const widths = widthsOf(edges);
    const share = (count: Value) => (isDrawn(count) ? (most > 0 ? count / most : 0) : Number.NaN);
    const whole = counts.reduce<number>((sum, count) => sum + (share(count) || 0), 0);
    const heights = counts.map((count, i) => share(count) * (least[n]! / Math.max(least[n]!, widths[i]!)));
    const factor = whole > 0 ? narrowest / least[n]! / whole : 0;
    return { heights, factor };
  });
  const highest = ({ heights }: { heights: number[] }) =>
    heights.filter((height) => !Number.isNaN(height)).reduce((high, height) => Math.max(high, height), 0);
  const top = Math.max(...shares.map((share) => highest(share) * share.factor));
  return ridges.map((ridge, n) => {
    const { heights, factor } = shares[n]!;
    const own = highest(shares[n]!);
    const scale = (height: number) => {
      if (how === 'own') return own > 0 ? height / own : height;
      return top > 0 ? (height * factor) / top : height;
    };
    return { ...ridge, heights: heights.map(scale) };
  });
}

function plot(ridges: readonly Read[], xLabel: string, size: Size): SvgNode[] {
  const names = ridges.map(({ name }) => name);
  const { at } = placeNames(names, size.width);
  const beside = at > 16;
  const left = beside ? at + 10 : 16;
  const count = Math.max(2, Math.floor((size.width - left) / 80));
  const domain = domainOf(
    ridges.flatMap(({ edges }) => [edges[0]!, edges.at(-1)!]),
    'linear',
  );
  const x = makeAxis(domain, 'linear', count);
  const frame = frameIn(size, { left, right: 24, top: 8, bottom: 46 });
  const step = (frame.bottom - frame.top) / (ridges.length + RISE - 1);
  const foot = (n: number) => frame.top + step * (n + RISE);
  const feet = ridges.map((_, n) => foot(n) - (beside ? 4 : 7));
  return [
    xGrid(frame, x),
    ...ridges.flatMap((ridge, n) => ridgeMarks(ridge, { x, frame }, foot(n), step * RISE)),
    rowNames({ above: !beside, at }, names, feet, beside ? size.width : size.width * 0.7),
    xAxis(frame, x, xLabel),
  ];
}

function ridgeMarks(
  { name, edges, counts, heights }: Read,
  { x, frame }: { x: Axis; frame: Frame },
  foot: number,
  rise: number,
) {
  const at = (value: number) => xAt(frame, x.place(value));
  const places = heights.map((_, i) => at(middleOf(edges, i)));
  const tops = heights.map((height) => foot - height * rise);
  // From the foot at the first edge to the foot at the last; a gap breaks it between its neighbors.
  const corners = { x: [at(edges[0]!), ...places, at(edges.at(-1)!)], y: [foot, ...tops, foot] };
  const odd = counts.flatMap((count, i) => {
    if (isDrawn(count)) return [];
    const kind = kindOf(count);
    return [node('path', { d: oddPath(kind, places[i]!, foot - 6), ...oddPaint(kind, ink.text) })];
  });
  const feet = corners.x.map(() => foot);
  return [
    area(corners.x, feet, corners.y, { fill: palette[0], 'fill-opacity': 0.8, stroke: ink.ground, 'stroke-width': 2 }),
    polyline(corners, { stroke: palette[0], 'stroke-width': 1.25 }),
    rule([frame.left, foot], [frame.right, foot], { 'data-mark': 'foot', stroke: ink.leader }),
    ...(odd.length === 0 ? [] : [group('not drawn', {}, ...odd)]),
    ...hints(counts, (count, i) => [
      places[i]!,
      isDrawn(count) ? tops[i]! : foot,
      `${name}, ${formatNumber(edges[i]!)} to ${formatNumber(edges[i + 1]!)}: ${said(count)}`,
    ]),
  ];
}

function legendOf(ridges: readonly Read[], remarks: readonly string[]): Legend | undefined {
  const outside = ridges.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  const told = [...remarks, ...(outside > 0 ? [`${countText(outside)} entries not finite, in no bin`] : [])];
  const entries = [...oddEntries(ridges.flatMap(({ counts }) => counts)), ...saidEntries(told)];
  return entries.length === 0 ? undefined : { kind: 'names', entries };
}

function describe(ridges: readonly Read[], xLabel: string, remarks: readonly string[]): string {
  const told = ridges.slice(0, 12).map(({ name, edges, counts, heights, nonFinite }) => {
    const top = peakOf(heights.map((height) => (height > 0 ? height : null)));
    const odd = describeOdd(counts);
    return `${name}: ${[
      top === undefined ? 'no entry' : `highest near ${formatNumber(middleOf(edges, top))}`,
      `from ${formatNumber(edges[0]!)} to ${formatNumber(edges.at(-1)!)}`,
      ...(odd === '' ? [] : [`counts: ${odd}`]),
      ...(nonFinite > 0 ? [`${countText(nonFinite)} entries not finite, in no bin`] : []),
    ].join('; ')}.`;
  });
  const count = ridges.length === 1 ? 'A histogram' : `${ridges.length} histograms below each other`;
  const more = ridges.length > 12 ? [`And ${ridges.length - 12} more.`] : [];
  return [`${count}, ${xLabel} to the right.`, ...remarks.map((remark) => `${remark}.`), ...told, ...more].join(' ');
}

const tabulate = (ridges: readonly Read[]): Table => ({
  columns: ['ridge', 'from', 'to', 'count'],
  rows: ridges.flatMap(({ name, edges, counts }) =>
    counts.map((count, i) => [name, edges[i]!, edges[i + 1]!, cellOf(count)]),
  ),
});
