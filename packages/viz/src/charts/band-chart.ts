import { quantiles } from '@weightkit/numerics';
import { checkNumbers, checkRange, checkType } from '@weightkit/numerics/check';
import type { Axis } from '../marks/axis.ts';
import { bandMarks } from '../marks/band.ts';
import { lineStyle } from '../marks/colors.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type Legend, saidEntries } from '../marks/header.ts';
import { hints, said } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { type OddMark, oddEntries, rowOf } from '../marks/odd-marks.ts';
import {
  checkAbove0,
  checkArray,
  checkData,
  checkFigureOptions,
  checkList,
  checkPlaces,
  type FigureOptions,
} from '../marks/options.ts';
import { hintAt, type Plane, planeIn } from '../marks/plane.ts';
import type { Table } from '../marks/table.ts';
import type { AxisScale } from '../marks/ticks.ts';
import type { SvgNode } from '../marks/tree.ts';
import {
  type ChartValue,
  cellOf,
  describeOdd,
  drawn,
  endsOf,
  isDrawn,
  oddName,
  readValues,
  type Value,
} from '../marks/values.ts';
import { type AxisOptions, axisOptions, checkAxes } from './axis-options.ts';
import { coveredLines } from './equal-lines.ts';
import { type Line, lineEntry, lineMarks } from './lines.ts';

/** A band by its edges. */
export interface EdgeBand {
  /** What the legend calls it. */
  readonly name: string;
  /** Positions, ascending; a point without a finite one has no place. @defaultValue 0, 1, 2, ... */
  readonly x?: ArrayLike<ChartValue>;
  /** Lower edge, as many as `x`. */
  readonly low: ArrayLike<ChartValue>;
  /** Upper edge, nowhere below the lower one. */
  readonly high: ArrayLike<ChartValue>;
  /** A line in the band. @defaultValue none */
  readonly middle?: ArrayLike<ChartValue>;
  /** Not beside `low` and `high`. */
  readonly runs?: never;
}

/** A band of many runs: it lies between two quantiles of theirs, with the median as its line. */
export interface RunBand {
  /** What the legend calls it. */
  readonly name: string;
  /** Positions, ascending; a point without a finite one has no place. @defaultValue 0, 1, 2, ... */
  readonly x?: ArrayLike<ChartValue>;
  /** One list of values for each run, each as long as `x`; null where a run has ended. */
  readonly runs: readonly ArrayLike<ChartValue>[];
  /** Not beside `runs`. */
  readonly low?: never;
  /** Not beside `runs`. */
  readonly high?: never;
  /** Not beside `runs`. */
  readonly middle?: never;
}

/** Bands over the same axes. */
export interface BandChartData {
  /** The bands, one or more. */
  readonly bands: readonly (EdgeBand | RunBand)[];
}

/** Options of {@link bandChart}. */
export interface BandChartOptions extends FigureOptions, AxisOptions {
  /** The quantiles of the runs between which the band lies, each in [0, 1]. @defaultValue [0.25, 0.75] */
  quantiles?: readonly [number, number];
}

interface Band {
  name: string;
  x: Value[];
  low: Value[];
  high: Value[];
  /** Undefined where the band has no line. */
  middle: Value[] | undefined;
  /** How many runs it was made of. */
  runs: number | undefined;
  /** All values that cannot be drawn. */
  odd: Value[];
  /** One for each position that has such values: where, and the first of them. */
  oddAt: { x: Value; value: Value }[];
  i: number;
  /** Where its middle line would hide another. */
  covered: Line['covered'];
}

// More bands than this over each other are one fog.
const MOST_BANDS = 24;

/**
 * Bands with their middle lines: what many runs of a training have in common, or an interval around a curve.
 *
 * Of `runs` the band has the quantiles at each position by numpy's linear rule, and the median as its line. A value of a run that is
 * NaN, infinite or missing takes no part in them; it is marked above the plot and counted. An edge that cannot be drawn breaks the band.
 * Of more than 24 bands 24 are drawn, evenly spread; of a band with many points, for every half pixel its lowest and its highest.
 *
 * @param data - the bands, by their edges or by runs
 * @throws RangeError if there is no band or no run, if lengths differ, `x` does not ascend, a lower edge is above the upper one, a log
 * scale meets a finite value that is not above 0, or `quantiles` do not ascend in [0, 1]
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, if a band has both edges and
 * runs, or if an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { bandChart } from '@weightkit/viz';
 * const runs = [[2, 1.5, 1], [2.4, 1.1, 0.7], [2.2, 1.3, 0.8]];
 * console.log(bandChart({ bands: [{ name: 'sgd', runs }] }).table.rows.at(-1).join()); // -> 2,0.75,0.8,0.9
 * ```
 */
export function bandChart(data: BandChartData, options: BandChartOptions = {}): Figure {
  const fn = 'bandChart';
  checkFigureOptions(fn, options, [...axisOptions, 'quantiles']);
  checkAxes(fn, options);
  const { title = 'Bands', xLabel = 'step', yLabel = 'value', xScale = 'linear', yScale = 'linear' } = options;
  const { quantiles: between = [0.25, 0.75] } = options;
  checkBetween(fn, between);
  const all = readBands(fn, data, xScale, yScale, between);
  const bands = spread(all.length, MOST_BANDS).map((i) => all[i]!);
  const heights = bands.flatMap(heightsOf);
  return makeFigure({
    chart: 'bandChart',
    title,
    description: describe(bands, all.length, { xLabel, yLabel, between }),
    table: () => tabulate(bands, xLabel),
    options,
    legend: legendOf(bands, all.length, between),
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) =>
      planeIn(size, {
        x: {
          label: xLabel,
          scale: xScale,
          domain: options.xDomain,
          values: bands.flatMap(({ x }) => endsOf(x)),
          whole: bands.every(({ x }) => x.every((place) => !isDrawn(place) || Number.isInteger(place))),
        },
        y: { label: yLabel, scale: yScale, domain: options.yDomain, values: heights },
        draw: (plane) => [
          ...bands.flatMap((band) => bandOf(band, plane)),
          ...bands.flatMap((band) => middleOf(band, plane)),
        ],
        odd: (x) => oddPlaces(bands, x),
      }),
  });
}

function checkBetween(fn: string, between: readonly number[]): void {
  checkList(fn, 'quantiles', between);
  checkRange(between.length === 2, `${fn}: quantiles must be [low, high]`, between);
  checkNumbers(`${fn}: quantiles must be numbers in [0, 1]`, between, (p) => p >= 0 && p <= 1);
  checkRange(between[0]! <= between[1]!, `${fn}: quantiles must ascend`, between);
}

function readBands(
  fn: string,
  data: BandChartData,
  xScale: AxisScale,
  yScale: AxisScale,
  between: readonly [number, number],
): Band[] {
  checkData(fn, data);
  const bands = readNamed(fn, 'bands', data.bands, (band, { where }, i) => {
    const runs = band.runs !== undefined;
    const other = ['low', 'high', 'middle'].some((key) => band[key as 'low'] !== undefined);
    checkType(!(runs && other), `${fn}: ${where()} must have runs, or low and high, not both`, Object.keys(band));
    const read = (name: string, raw: ArrayLike<ChartValue>, length?: number) => {
      checkArray(fn, where(name), raw);
      const values = readValues(fn, where(name), raw);
      const ok = length === undefined || values.length === length;
      checkRange(ok, `${fn}: ${where(name)} must be as long as the others, ${length}`, values.length);
      if (yScale === 'log' && name !== 'x') checkAbove0(fn, where(name), values);
      return values;
    };
    const edges = runs ? readRuns(fn, where('runs'), band.runs, read, between) : readEdges(fn, where, band, read);
    const count = edges.low.length;
    const x = band.x === undefined ? edges.low.map((_, k) => k) : read('x', band.x, count);
    checkPlaces(fn, where('x'), x, xScale === 'log');
    return { name: band.name, x, ...edges, i, ...oddOf(x, edges.parts) };
  });
  const covered = coveredLines(
    bands.map(({ x, middle = [] }) => ({ x, y: middle })),
    yScale === 'log',
  );
  return bands.map((band, i) => ({
    ...band,
    covered: covered[i] && { ...covered[i], name: bands[covered[i].on]!.name },
  }));
}

type Read = (name: string, raw: ArrayLike<ChartValue>, length?: number) => Value[];
/** The edges of a band, and the lists that say where something of it is missing. */
type Edges = Pick<Band, 'low' | 'high' | 'middle' | 'runs'> & { parts: Value[][] };

function readEdges(fn: string, where: (key: string) => string, band: EdgeBand, read: Read): Edges {
  const low = read('low', band.low);
  const high = read('high', band.high, low.length);
  const middle = band.middle === undefined ? undefined : read('middle', band.middle, low.length);
  for (let k = 0; k < low.length; k++) {
    const [from, to] = [low[k]!, high[k]!];
    if (isDrawn(from) && isDrawn(to) && from > to)
      checkRange(false, `${fn}: ${where('low')} must be at most high`, `${from} above ${to} at ${where('low')}[${k}]`);
  }
  return { low, high, middle, runs: undefined, parts: middle === undefined ? [low, high] : [low, middle, high] };
}

function readRuns(fn: string, where: string, raw: RunBand['runs'], read: Read, between: readonly number[]): Edges {
  checkType(Array.isArray(raw), `${fn}: ${where} must be an array`, raw);
  checkRange(raw.length > 0, `${fn}: ${where} must have at least one entry`, raw);
  const runs: Value[][] = [];
  for (let r = 0; r < raw.length; r++) runs.push(read(`runs[${r}]`, raw[r]!, runs[0]?.length));
  const [low, middle, high] = quantilesOf(runs, [between[0]!, 0.5, between[1]!]) as [Value[], Value[], Value[]];
  return { low, high, middle, runs: runs.length, parts: runs };
}

/** Quantiles of the finite values at each position; null where there is none. */
function quantilesOf(runs: readonly Value[][], ps: readonly number[]): Value[][] {
  const found = ps.map((): Value[] => []);
  const buffer = new Float64Array(runs.length);
  for (let k = 0; k < runs[0]!.length; k++) {
    let count = 0;
    for (const run of runs) {
      const value = run[k]!;
      if (isDrawn(value)) buffer[count++] = value;
    }
    const values = buffer.subarray(0, count);
    // Differences of values near the largest double overflow: those of quarters do not.
    const unit = values.some((value) => Math.abs(value) > Number.MAX_VALUE / 4) ? 0.25 : 1;
    const row = values.length === 0 ? [] : quantiles(unit === 1 ? values : values.map((value) => value * unit), ps);
    ps.forEach((_, p) => {
      found[p]!.push(values.length === 0 ? null : row[p]! / unit);
    });
  }
  return found;
}

function oddOf(x: readonly Value[], parts: readonly Value[][]): Pick<Band, 'odd' | 'oddAt'> {
  const odd: Value[] = [];
  const oddAt: Band['oddAt'] = [];
  for (let k = 0; k < x.length; k++) {
    // A loop for what is nearly always so, of a million points.
    let drawn = 0;
    while (drawn < parts.length && isDrawn(parts[drawn]![k])) drawn++;
    if (drawn === parts.length) continue;
    const here = parts.map((part) => part[k]!).filter((value) => !isDrawn(value));
    if (x[k] === null && here.length === parts.length) continue;
    odd.push(...here);
    oddAt.push({ x: x[k]!, value: here[0]! });
  }
  return { odd, oddAt };
}

/** The lowest and the highest value of a band at positions that it has: all of them lie in the domains. */
function heightsOf({ x, low, high, middle = [] }: Band): number[] {
  const hasPlaces = x.every(isDrawn);
  const placed = (part: readonly Value[]) => (hasPlaces ? part : part.filter((_, k) => isDrawn(x[k]!)));
  return endsOf(...[low, high, middle].map(placed));
}

function bandOf({ name, x, low, high, i }: Band, plane: Plane): SvgNode[] {
  const told = (edge: readonly Value[]) =>
    hints(edge, (value, k) => {
      const text = `${name}: ${said(low[k]!)} to ${said(high[k]!)} at ${said(x[k]!)}`;
      return hintAt(plane, x[k]!, value, text);
    });
  return [...bandMarks(plane, { x, low, high }, lineStyle(i).color), ...told(low), ...told(high)];
}

const middleOf = ({ name, x, middle, i, covered }: Band, plane: Plane): SvgNode[] =>
  middle === undefined ? [] : lineMarks({ name, x, y: middle, i, covered }, plane);

function oddPlaces(bands: readonly Band[], { place }: Axis): OddMark[] {
  const some = bands.filter(({ oddAt }) => oddAt.length > 0);
  return some.flatMap(({ oddAt, i }, n) =>
    oddAt.flatMap(({ x, value }) => {
      const at = isDrawn(x) ? place(x) : -1;
      return at >= 0 && at <= 1 ? [{ place: at, value, color: lineStyle(i).color, row: rowOf(n) }] : [];
    }),
  );
}

const percent = (p: number) => `${Number((100 * p).toPrecision(4))} %`;

function betweenText(between: readonly [number, number]): string {
  const [low, high] = between;
  if (low === 0 && high === 1) return 'from the lowest to the highest run';
  return `from ${percent(low)} to ${percent(high)} of the runs`;
}

function legendOf(bands: readonly Band[], count: number, between: readonly [number, number]): Legend | undefined {
  const named = bands.map(lineEntry);
  const remarks = [
    ...(bands.some(({ runs }) => runs !== undefined) ? [`band: ${betweenText(between)}, line: their median`] : []),
    ...(count > bands.length ? [`${bands.length} of ${countText(count)} bands are drawn`] : []),
  ];
  const told = saidEntries(remarks);
  const entries = [...(bands.length < 2 ? [] : named), ...told, ...oddEntries(bands.flatMap(({ odd }) => odd))];
  return entries.length === 0 ? undefined : { kind: 'names', entries };
}

interface Words {
  xLabel: string;
  yLabel: string;
  between: readonly [number, number];
}

function describe(bands: readonly Band[], all: number, { xLabel, yLabel, between }: Words): string {
  const told = bands.slice(0, 8).map((band) => {
    const runs = band.runs === undefined ? '' : ` (${countText(band.runs)} ${band.runs === 1 ? 'run' : 'runs'})`;
    const on = band.covered ? [`its line on that of ${band.covered.name}`] : [];
    return `${band.name}${runs}: ${[...on, ...spanText(band), ...oddText(band)].join('; ')}.`;
  });
  const more = bands.length > 8 ? ` And ${bands.length - 8} more.` : '';
  const some = all > bands.length ? `${bands.length} of ${countText(all)} bands, evenly chosen` : `${all} bands`;
  const what = bands.some(({ runs }) => runs !== undefined) ? `, ${betweenText(between)}` : '';
  return `${all === 1 ? 'One band' : some}, ${yLabel} by ${xLabel}${what}. ${told.join(' ')}${more}`;
}

function spanText({ x, low, high, middle }: Band): string[] {
  const width = (k: number) => high[k]! / 2 - low[k]! / 2;
  let [first, last, widest] = [-1, -1, -1];
  for (let k = 0; k < x.length; k++) {
    if (!isDrawn(x[k]) || !isDrawn(low[k]) || !isDrawn(high[k])) continue;
    if (first < 0) first = widest = k;
    last = k;
    if (width(k) > width(widest)) widest = k;
  }
  if (first < 0) return ['no value'];
  const at = (k: number) => {
    const line = isDrawn(middle?.[k]) ? ` around ${formatNumber(middle[k])}` : '';
    return `${formatNumber(low[k]!)} to ${formatNumber(high[k]!)}${line} at ${formatNumber(x[k]!)}`;
  };
  const ends = first === last ? at(first) : `first ${at(first)}, last ${at(last)}`;
  return [ends, ...(widest === first || widest === last ? [] : [`widest ${at(widest)}`])];
}

function oddText({ odd, oddAt, runs }: Band): string[] {
  if (oddAt.length === 0) return [];
  const left = runs === undefined ? '' : ', left out of the quantiles';
  const first = oddAt.find(({ x }) => isDrawn(x))?.x;
  return [`${describeOdd(odd)}${left}${isDrawn(first) ? `, the first at ${formatNumber(first)}` : ''}`];
}

function tabulate(bands: readonly Band[], xLabel: string): Table {
  const partsOf = ({ low, middle, high }: Band) => (middle === undefined ? [low, high] : [low, middle, high]);
  const columns = bands.flatMap(({ name, middle }) =>
    ['low', ...(middle === undefined ? [] : ['middle']), 'high'].map((part) => `${name} ${part}`),
  );
  const byX = bands.map(({ x }) => new Map(x.map((position, k) => [position, k])));
  const positions = [...new Set(bands.flatMap(({ x }) => drawn(x)))].sort((a, b) => a - b);
  const cells = (band: Band, k: number | undefined) =>
    partsOf(band).map((part) => (k === undefined ? '' : cellOf(part[k]!)));
  const rest = bands.flatMap((band, n) =>
    band.x.flatMap((position, k) => {
      if (isDrawn(position)) return [];
      return [[oddName(position), ...bands.flatMap((other, i) => cells(other, i === n ? k : undefined))]];
    }),
  );
  return {
    columns: [xLabel, ...columns],
    rows: [...positions.map((at) => [at, ...bands.flatMap((band, n) => cells(band, byX[n]!.get(at)))]), ...rest],
  };
}
