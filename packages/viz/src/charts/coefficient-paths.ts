import { checkNumber, checkRange } from '@weightkit/numerics/check';
import { ink, lineStyle, palette } from '../marks/colors.ts';
import { type EndLabel, endLabels, endRoom, labelsIn } from '../marks/end-labels.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { type Size, xAt, yAt } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, spread } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import { checkArray, checkData, checkFigureOptions, type FigureOptions } from '../marks/options.ts';
import { type Plane, pixelX, pixelY, planeIn } from '../marks/plane.ts';
import { rule } from '../marks/shapes.ts';
import type { SvgNode } from '../marks/tree.ts';
import type { ChartValue } from '../marks/values.ts';
import { type AxisOptions, checkAxes } from './axis-options.ts';
import { readGroups } from './groups.ts';
import { describeLines, type Line, lineMarks, oddPlaces, readLines, tabulateLines } from './lines.ts';

/** The way of one coefficient. */
export interface CoefficientPath {
  /** What it is called at the right end of its line. */
  readonly name: string;
  /** Its values, one for each `x`. */
  readonly y: ArrayLike<ChartValue>;
}

/** Coefficients that belong together. */
export interface PathGroups {
  /** Names of the groups, at most 6. */
  readonly names: readonly string[];
  /** The number of the group of each coefficient. */
  readonly of: ArrayLike<number>;
}

/** Coefficients for each strength of a penalty, or of anything else. */
export interface CoefficientPathsData {
  /** Positions that all share, ascending. */
  readonly x: ArrayLike<ChartValue>;
  /** The coefficients, one or more. */
  readonly series: readonly CoefficientPath[];
  /** Groups, each with one color and a place in the legend; then no line has its name at its end. @defaultValue none */
  readonly groups?: PathGroups;
}

/** Options of {@link coefficientPaths}. */
export interface CoefficientPathsOptions extends FigureOptions, Omit<AxisOptions, 'yScale'> {
  /** Name of the x axis. @defaultValue 'penalty' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'coefficient' */
  yLabel?: string;
  /** Scale of the x axis. @defaultValue 'log' */
  xScale?: 'linear' | 'log';
  /** A position at which a line stands upright, such as the penalty that was chosen. @defaultValue none */
  mark?: number;
}

const own = ['xLabel', 'yLabel', 'xDomain', 'yDomain', 'xScale', 'mark'];

const MOST_LINES = 100;

/**
 * How coefficients change with a penalty, as of a lasso or of pruning: a line for each, named at its right end.
 *
 * Names never overlap: they move apart, as little as can be, each joined to its line. Where there is no room for all, those of the lines
 * that end furthest from 0 are written, and the figure says how many. In place of names there can be groups, told apart by their colors. Odd
 * values are shown as by `lineChart`; of more than 100 lines 100
 * are drawn, evenly spread.
 *
 * @param data - positions and lines
 * @throws RangeError if there is no line, a line has not as many values as `x`, `x` does not ascend or is not above 0 on a log scale, `mark`
 * is not above 0 there, or a line has no group while there are groups
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or if an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { coefficientPaths } from '@weightkit/viz';
 * const series = [{ name: 'age', y: [2, 1, 0] }, { name: 'height', y: [-1, -0.4, 0] }];
 * console.log(coefficientPaths({ x: [0.01, 0.1, 1], series }).table.columns.join()); // -> penalty,age,height
 * ```
 */
export function coefficientPaths(data: CoefficientPathsData, options: CoefficientPathsOptions = {}): Figure {
  const fn = 'coefficientPaths';
  checkFigureOptions(fn, options, own);
  const { title = 'Coefficients', xLabel = 'penalty', yLabel = 'coefficient', xScale = 'log', mark } = options;
  checkAxes(fn, { ...options, xScale });
  if (mark !== undefined) {
    checkNumber(`${fn}: mark must be finite`, mark, Number.isFinite);
    checkRange(xScale !== 'log' || mark > 0, `${fn}: mark must be above 0 on a log scale`, mark);
  }
  checkData(fn, data);
  checkArray(fn, 'x', data.x);
  const series = readNamed(fn, 'series', data.series, ({ name, y }) => ({ name, y, x: data.x }));
  const groups =
    data.groups === undefined ? undefined : readGroups(fn, data.groups, series.length, 'lines', palette.length);
  const all = readLines(fn, { series }, xScale, 'linear', { x: 'x' }).map((line) =>
    // The lines of a group look alike.
    groups ? { ...line, i: groups.of[line.i]! } : line,
  );
  const lines = spread(all.length, MOST_LINES).map((i) => all[i]!);
  const { xDomain, yDomain } = options;
  return makeFigure({
    chart: 'coefficientPaths',
    title,
    description: describeLines(lines, all.length, xLabel, yLabel),
    table: () => tabulateLines(lines, xLabel),
    options,
    legend: groups ? legendOfGroups(groups.names, lines, all.length) : legendOf(lines, all.length),
    plotHeight: (_, headerHeight) => 420 - headerHeight,
    plot: (size) =>
      planeIn(size, {
        x: { label: xLabel, scale: xScale, domain: xDomain, values: lines.flatMap(({ seen }) => seen.xEnds) },
        y: { label: yLabel, scale: 'linear', domain: yDomain, values: lines.flatMap(({ seen }) => seen.yEnds) },
        ...(!groups && { right: roomFor(lines, size) }),
        draw: (plane) => [
          ...zeroLine(plane),
          ...lines.flatMap((line) => lineMarks(line, plane)),
          ...upright(mark, plane),
        ],
        over: (plane) => (groups ? [] : nameMarks(lines, plane, size)),
        odd: (x) => oddPlaces(lines, x),
      }),
  });
}

const roomFor = (lines: readonly Line[], size: Size) =>
  endRoom(
    lines.map(({ name }) => name),
    size.width,
  );

function zeroLine({ y, frame }: Plane): SvgNode[] {
  const zero = y.place(0);
  if (zero <= 0 || zero >= 1) return [];
  const height = yAt(frame, zero);
  return [rule([frame.left, height], [frame.right, height], { 'data-mark': 'zero', stroke: ink.axis })];
}

function upright(mark: number | undefined, { x, frame }: Plane): SvgNode[] {
  const place = mark === undefined ? Number.NaN : x.place(mark);
  if (!(place >= 0 && place <= 1)) return [];
  const at = xAt(frame, place);
  return [
    rule([at, frame.top], [at, frame.bottom], { 'data-mark': 'mark', stroke: ink.text, 'stroke-dasharray': '4 3' }),
  ];
}

function nameMarks(lines: readonly Line[], plane: Plane, size: Size): SvgNode[] {
  const ended = lines.filter(({ seen }) => seen.drawn[1] >= 0);
  const end = ({ y, seen }: Line) => Math.abs(y[seen.drawn[1]]!);
  const room = labelsIn(plane.frame);
  const shown = new Set([...ended].sort((a, b) => end(b) - end(a)).slice(0, room));
  const labels = ended
    .filter((line) => shown.has(line))
    .map(({ name, x, y, i, seen }): EndLabel => {
      const last = seen.drawn[1];
      return { name, x: pixelX(plane, x[last]!), y: pixelY(plane, y[last]!), color: lineStyle(i).color };
    });
  return endLabels(plane.frame, labels, roomFor(lines, size));
}

function legendOfGroups(names: readonly string[], lines: readonly Line[], count: number): Legend {
  const more = count > lines.length ? [`${lines.length} of ${countText(count)} lines are drawn`] : [];
  return {
    kind: 'names',
    entries: [
      ...names.map((name, i): LegendEntry => ({ name, mark: 'line', color: palette[i]! })),
      ...saidEntries(more),
      ...oddEntries(lines.flatMap(({ seen }) => seen.odd)),
    ],
  };
}

function legendOf(lines: readonly Line[], count: number): Legend | undefined {
  const some = `${lines.length} of ${countText(count)} lines are drawn, those that end furthest from 0 are named`;
  const entries: LegendEntry[] = [
    ...saidEntries(
      count > lines.length ? [some] : lines.length > MANY ? ['lines that end furthest from 0 are named'] : [],
    ),
    ...oddEntries(lines.flatMap(({ seen }) => seen.odd)),
  ];
  return entries.length === 0 ? undefined : { kind: 'names', entries };
}

// So many names have room in a figure of the usual height.
const MANY = 20;
