import { checkRange } from '@weightkit/numerics/check';
import type { Axis } from '../marks/axis.ts';
import { lineStyle } from '../marks/colors.ts';
import { readNamed } from '../marks/entries.ts';
import { formatNumber } from '../marks/format.ts';
import { xAt, yAt } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { hints, said } from '../marks/hints.ts';
import { countText } from '../marks/many.ts';
import { type OddMark, oddEntries, rowOf } from '../marks/odd-marks.ts';
import { checkAbove0, checkArray, checkData, checkPlaces } from '../marks/options.ts';
import type { Corners } from '../marks/path.ts';
import { hintAt, type Plane } from '../marks/plane.ts';
import { alone, clip, type Points, thin } from '../marks/polyline.ts';
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
import { type Covered, coveredLines, coveredLook } from './equal-lines.ts';

/** A named line. */
export interface LineSeries {
  /** What the legend calls it. */
  readonly name: string;
  /** Positions, ascending; a point without a finite one has no place and breaks the line. @defaultValue 0, 1, 2, ... */
  readonly x?: ArrayLike<ChartValue>;
  /** Values, as many as `x`. NaN, infinity and what is missing break the line, are marked above the plot and counted. */
  readonly y: ArrayLike<ChartValue>;
}

/** A line that was read. */
export interface Line {
  name: string;
  x: Value[];
  y: Value[];
  /** Number of the line, which gives it its look. */
  i: number;
  seen: Seen;
  /** Where it would hide another line: which, and how both are seen. */
  covered: (Covered & { name: string }) | undefined;
}

/** What one walk along a line tells. */
interface Seen {
  /** The least and the largest position, none where no point has one. */
  xEnds: readonly number[];
  /** Whether all places are whole numbers. */
  whole: boolean;
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

/** What the lists of lines that a chart reads are called in its errors. */
interface ListNames {
  /** The list, where it is not `series`. */
  readonly list?: string;
  /** The positions, where all lines share one list of them. */
  readonly x?: string;
}

/** Reads and checks the lines of a chart. */
export function readLines(
  fn: string,
  data: { readonly series: readonly LineSeries[] },
  xScale: AxisScale,
  yScale: AxisScale,
  { list = 'series', x: shared }: ListNames = {},
): Line[] {
  checkData(fn, data);
  const lines = readNamed(fn, list, data.series, (series, { where }, i) => {
    const whereX = () => shared ?? where('x');
    checkArray(fn, where('y'), series.y);
    if (series.x !== undefined) checkArray(fn, whereX(), series.x);
    const y = readValues(fn, where('y'), series.y);
    const x = series.x === undefined ? y.map((_, step) => step) : readValues(fn, whereX(), series.x);
    checkRange(x.length === y.length, `${fn}: ${where()} must have as many x as y`, `${x.length} x and ${y.length} y`);
    checkPlaces(fn, whereX(), x, xScale === 'log');
    if (yScale === 'log') checkAbove0(fn, where('y'), y);
    return { name: series.name, x, y, i, seen: walk(x, y) };
  });
  const covered = coveredLines(lines, yScale === 'log');
  return lines.map((line, i) => ({
    ...line,
    covered: covered[i] && { ...covered[i], name: lines[covered[i].on]!.name },
  }));
}

function walk(x: readonly Value[], y: readonly Value[]): Seen {
  const xEnds: number[] = [];
  let whole = true;
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
    whole &&= Number.isInteger(position);
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
  return { xEnds, whole, yEnds, drawn: [first, last, lowest, highest], odd, firstOdd, placeless };
}

/** The legend of lines: their names from the second on, how many of many they are, and what of them is not drawn. */
export function lineLegend(lines: readonly Line[], count: number): Legend | undefined {
  const odd = oddEntries(lines.flatMap(({ seen }) => seen.odd));
  if (lines.length < 2 && odd.length === 0) return undefined;
  const named = lines.map(lineEntry);
  const more = saidEntries(count > lines.length ? [`${lines.length} of ${countText(count)} lines are drawn`] : []);
  return { kind: 'names', entries: [...(lines.length < 2 ? [] : named), ...more, ...odd] };
}

/** A line in a legend. */
export function lineEntry({ name, i, covered }: Pick<Line, 'name' | 'i' | 'covered'>): LegendEntry {
  const style = lineStyle(i);
  if (!covered) return { name, mark: 'line', ...style };
  return { name: `${name} (on ${covered.name})`, mark: 'line', color: style.color, dash: '8 3' };
}

/** Where the points are that have a place but no value. */
export function oddPlaces(lines: readonly Line[], { place }: Axis): OddMark[] {
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

/** A line, with dots for values without neighbors. */
export function lineMarks(line: Pick<Line, 'x' | 'y' | 'i' | 'name' | 'covered'>, { x, y, frame }: Plane): SvgNode[] {
  const { color, dash } = lineStyle(line.i);
  const look = line.covered ? coveredLook(line.covered) : { 'stroke-dasharray': dash };
  const kept = clip(placesOf(thin(line, frame.right - frame.left, x.place), x, y));
  const corners = { x: kept.x.map((place) => xAt(frame, place)), y: kept.y.map((place) => yAt(frame, place)) };
  const isInside = (place: number) => place >= 0 && place <= 1;
  const lone = alone(corners).filter((k) => isInside(kept.x[k]!) && isInside(kept.y[k]!));
  const dots = lone.map((k) => dot([corners.x[k]!, corners.y[k]!], line.covered ? 1.75 : 3));
  return [
    polyline(corners, { stroke: color, 'stroke-width': 2, ...look }),
    ...(dots.length === 0 ? [] : [group('dot', { fill: color }, ...dots)]),
    ...hints(line.y, (value, k) => {
      const position = line.x[k]!;
      return hintAt({ x, y, frame }, position, value, `${line.name}: ${said(value)} at ${said(position)}`);
    }),
  ];
}

function placesOf(line: Points, x: Axis, y: Axis): Corners {
  const places = { x: new Array<number>(line.x.length), y: new Array<number>(line.x.length) };
  for (let k = 0; k < line.x.length; k++) {
    const [position, value] = [line.x[k]!, line.y[k]!];
    const known = isDrawn(position) && isDrawn(value);
    places.x[k] = known ? x.place(position) : Number.NaN;
    places.y[k] = known ? y.place(value) : Number.NaN;
  }
  return places;
}

/** Lines in words. */
export function describeLines(lines: readonly Line[], all: number, xLabel: string, yLabel: string): string {
  const told = lines.slice(0, 8).map((line) => {
    const { name, x, y } = line;
    const [first, last, lowest, highest] = line.seen.drawn;
    const at = (k: number) => `${formatNumber(y[k]!)} at ${formatNumber(x[k]!)}`;
    const way = () => `from ${at(first)} to ${at(last)}; lowest ${at(lowest)}, highest ${at(highest)}`;
    const on = line.covered ? [`on the line of ${line.covered.name}`] : [];
    return `${name}: ${[...on, first < 0 ? 'no value' : way(), ...oddText(line)].join('; ')}.`;
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

/** Lines as a table, a row for every position. */
export function tabulateLines(lines: readonly Line[], xLabel: string): Table {
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
