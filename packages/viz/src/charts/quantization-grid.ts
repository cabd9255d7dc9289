import { ink, palette } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, groupSize, spread } from '../marks/many.ts';
import { type OddMark, oddEntries } from '../marks/odd-marks.ts';
import {
  checkAscending,
  checkData,
  checkFigureOptions,
  checkList,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { type Plane, pixelX, planeIn } from '../marks/plane.ts';
import { group } from '../marks/shapes.ts';
import { node, round, type SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, endsOf, isDrawn, type Value } from '../marks/values.ts';
import { countBetween, mergeBins, mergeEdges, middleOf, readBins, readCount, readEdges } from './histogram.ts';
import { binHints, outline, outlineArea } from './histogram-outline.ts';

/** A histogram of what is quantized, and what it can become. */
export interface QuantizationGridData {
  /** Edges of the bins, ascending: one more than there are bins. */
  readonly edges: ArrayLike<number>;
  /** Entries per bin. */
  readonly counts: ArrayLike<ChartValue>;
  /** How many entries are NaN or infinite, and so in no bin: the figure says it. @defaultValue 0 */
  readonly nonFinite?: number;
  /** The values that the quantizer has, ascending, one or more. */
  readonly levels: ArrayLike<number>;
}

/** Options of {@link quantizationGrid}. */
export interface QuantizationGridOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'weight' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'count' */
  yLabel?: string;
}

interface Read {
  edges: Float64Array;
  heights: Value[];
  nonFinite: number;
  levels: Float64Array;
}

/** What the levels make of the entries, as shares of those that are in a bin. */
interface Outcome {
  below: number;
  above: number;
  /** Entries by level: those that are nearer to it than to any other. */
  nearest: Float64Array;
  /** Whether a bin is cut, so that its entries are told apart by guess. */
  guessed: boolean;
}

const MOST_BINS = 1024;
const MOST_LEVELS = 1024;
const SHADE = palette[0]!;
const CLIPPED = palette[1]!;

/**
 * The levels of a quantizer over the histogram of what it quantizes, and how much of it lies beyond the outermost levels and is clipped to
 * them.
 *
 * Shares come from the bins: where a level lies within a bin, its entries count as spread evenly over it, and the figure says "about". A
 * height that is NaN, infinite or missing breaks the outline, with a mark above, and counts as none. More than 1024 bins are merged by
 * neighbors; of more than 1024 levels 1024 are drawn, evenly spread. The figure says so; shares are those of all.
 *
 * @param data - the histogram and the levels
 * @throws RangeError if edges or levels do not ascend or are not finite, there is no level, there is not one count per bin, or a count is
 * negative
 * @throws TypeError if a count is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { quantizationGrid } from '@weightkit/viz';
 * const data = { edges: [-2, -1, 0, 1, 2], counts: [1, 4, 4, 1], levels: [-1, 0, 1] };
 * console.log(quantizationGrid(data).description.split('. ')[1]); // -> 20 % of the entries lie beyond the levels: 10 % below, 10 % above.
 * ```
 */
export function quantizationGrid(data: QuantizationGridData, options: QuantizationGridOptions = {}): Figure {
  const fn = 'quantizationGrid';
  checkFigureOptions(fn, options, ['xLabel', 'yLabel']);
  checkTexts(fn, options, ['xLabel', 'yLabel']);
  const { title = 'Levels of a quantizer', xLabel = 'weight', yLabel = 'count' } = options;
  const read = readGrid(fn, data);
  const outcome = outcomeOf(read);
  const size = groupSize(read.heights.length, MOST_BINS);
  const edges = mergeEdges(read.edges, size);
  const heights = mergeBins(read.heights, read.edges, size, 'sum');
  const levels = spread(read.levels.length, MOST_LEVELS).map((i) => read.levels[i]!);
  const remarks = remarksOf(read, size, levels.length);
  const clip = clipText(outcome);
  const entries: LegendEntry[] = [
    { name: levelText(read.levels.length), mark: 'line', color: ink.axis },
    {
      name: clip ?? 'nothing is clipped',
      mark: clip === undefined ? 'none' : 'square',
      color: clip ? CLIPPED : ink.text,
    },
    ...oddEntries(heights),
    ...saidEntries(remarks),
  ];
  return makeFigure({
    chart: 'quantizationGrid',
    title,
    description: describe(read, outcome, xLabel, remarks),
    table: () => tabulate(read, outcome),
    options,
    legend: { kind: 'names', entries },
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) =>
      planeIn(size, {
        x: { label: xLabel, scale: 'linear', values: [...edges, ...levels] },
        y: { label: yLabel, scale: 'linear', values: endsOf(heights), withZero: true },
        odd: (x) =>
          heights.flatMap((value, i): OddMark[] =>
            isDrawn(value) ? [] : [{ place: x.place(middleOf(edges, i)), value, color: SHADE, row: 0 }],
          ),
        draw: (plane) => marks(edges, heights, levels, plane),
      }),
  });
}

function readGrid(fn: string, data: QuantizationGridData): Read {
  checkData(fn, data);
  const edges = readEdges(fn, data.edges);
  const heights = readBins(fn, 'counts', data.counts, edges.length - 1);
  checkList(fn, 'levels', data.levels);
  checkAscending(fn, 'levels', data.levels);
  const levels = Float64Array.from(data.levels);
  return {
    edges,
    heights,
    nonFinite: readCount(fn, 'nonFinite', data.nonFinite === undefined ? 0 : data.nonFinite),
    levels,
  };
}

function outcomeOf({ edges, heights, levels }: Read): Outcome {
  // Counts may be as large as doubles get: shares of the largest have a sum.
  const [, top = 0] = endsOf(heights);
  const shares = new Float64Array(heights.length);
  let sum = 0;
  for (let i = 0; i < shares.length; i++) {
    const height = heights[i]!;
    if (!isDrawn(height) || top === 0) continue;
    shares[i] = height / top;
    sum += shares[i]!;
  }
  const total = sum || 1;
  const ends = [levels[0]!, levels.at(-1)!];
  const [below = 0, , above = 0] = countBetween(edges, shares, ends);
  const borders = Array.from(levels.subarray(1), (_, i) => middleOf(levels, i));
  const nearest = countBetween(edges, heights, borders);
  const cut = (end: number) => shares.some((share, i) => share > 0 && edges[i]! < end && end < edges[i + 1]!);
  return { below: below / total, above: above / total, nearest, guessed: ends.some(cut) };
}

const levelText = (count: number) => (count === 1 ? 'one level' : `${countText(count)} levels`);
const percent = (share: number) => `${formatNumber(100 * share)} %`;

/** What is clipped, undefined where nothing is. */
function clipText({ below, above, guessed }: Outcome): string | undefined {
  return below + above > 0 ? `${guessed ? 'about ' : ''}${percent(below + above)} clipped` : undefined;
}

function remarksOf({ heights, levels, nonFinite }: Read, size: number, shown: number): string[] {
  return [
    ...(size > 1 ? [`${countText(size)} of ${countText(heights.length)} bins are drawn as one, their sum`] : []),
    ...(shown < levels.length ? [`${countText(shown)} of ${countText(levels.length)} levels are drawn`] : []),
    ...(nonFinite > 0 ? [`${countText(nonFinite)} entries not finite, in no bin`] : []),
  ];
}

function marks(edges: Float64Array, heights: readonly Value[], levels: readonly number[], plane: Plane): SvgNode[] {
  const { left, right, top, bottom } = plane.frame;
  const d = levels.map((level) => `M${round(pixelX(plane, level))},${round(top)}V${round(bottom)}`).join('');
  // Lines that nearly touch would be a wall.
  const thick = Math.min(1.25, (right - left) / levels.length / 4);
  const clipped = [
    [Number.NEGATIVE_INFINITY, levels[0]!],
    [levels.at(-1)!, Number.POSITIVE_INFINITY],
  ] as const;
  const look = { fill: CLIPPED, 'fill-opacity': 0.6 };
  return [
    node('path', {
      'data-mark': 'levels',
      d,
      stroke: ink.axis,
      'stroke-width': round(Math.max(0.25, thick)),
      fill: 'none',
    }),
    ...outline(edges, heights, plane, { color: SHADE }),
    ...binHints('', edges, heights, plane),
    group('clipped', {}, ...clipped.flatMap((side) => outlineArea(edges, heights, side, plane, look))),
  ];
}

function tabulate({ edges, heights, levels, nonFinite }: Read, { nearest }: Outcome) {
  const rows: (string | number)[][] = [
    ...heights.map((height, i) => ['bin', edges[i]!, edges[i + 1]!, cellOf(height)]),
    ...Array.from(levels, (level, i) => ['level', level, level, Number.isFinite(nearest[i]) ? nearest[i]! : '']),
  ];
  if (nonFinite > 0) rows.push(['not finite', '', '', nonFinite]);
  return { columns: ['what', 'from', 'to', 'count'], rows };
}

function describe({ edges, heights, levels }: Read, outcome: Outcome, xLabel: string, remarks: readonly string[]) {
  const { below, above, nearest, guessed } = outcome;
  const span = (values: Float64Array) => `${formatNumber(values[0]!)} to ${formatNumber(values.at(-1)!)}`;
  const bins = `${countText(heights.length)} ${heights.length === 1 ? 'bin' : 'bins'}`;
  const where =
    levels.length === 1 ? `one level, ${formatNumber(levels[0]!)}` : `${levelText(levels.length)} from ${span(levels)}`;
  const about = guessed ? 'About ' : '';
  const clip =
    below + above > 0
      ? `${about}${percent(below + above)} of the entries lie beyond the levels: ${percent(below)} below, ${percent(above)} above`
      : 'No entry lies beyond the levels';
  const empty = nearest.reduce((count, entries) => count + (entries === 0 ? 1 : 0), 0);
  const odd = describeOdd(heights);
  return [
    `A histogram of ${xLabel} from ${span(edges)} in ${bins}, with ${where}${stepText(levels)}`,
    clip,
    ...(empty > 0 ? [`${empty === 1 ? 'One level is' : `${countText(empty)} levels are`} nearest to no entry`] : []),
    ...(odd === '' ? [] : [`Heights: ${odd}`]),
    ...remarks,
  ]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}

/** How far levels are apart, if all are equally far, to a thousandth: float32 rounds them. */
function stepText(levels: Float64Array): string {
  if (levels.length < 3) return '';
  const steps = Array.from(levels.subarray(1), (level, i) => level - levels[i]!);
  const step = (levels.at(-1)! - levels[0]!) / steps.length;
  const even = steps.every((each) => Math.abs(each - step) <= step / 1000);
  return even && Number.isFinite(step) ? `, ${formatNumber(step)} apart` : ', not equally far apart';
}
