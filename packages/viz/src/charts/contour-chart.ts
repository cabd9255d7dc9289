import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { type HeatScheme, ink, lineStyle, ramp } from '../marks/colors.ts';
import { contourRings, fillGaps, type Grid, ringArea } from '../marks/contour.ts';
import { domainOf } from '../marks/domain.ts';
import { type Entry, readEntries } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import type { Size } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { hints, said } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import {
  checkArray,
  checkAscending,
  checkChoice,
  checkData,
  checkFigureOptions,
  checkList,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { hintAt, type Plane, pixelX, pixelY } from '../marks/plane.ts';
import { alone, clip } from '../marks/polyline.ts';
import { dot, group, type Point, polyline, rect } from '../marks/shapes.ts';
import { type MatrixValues, readTensor } from '../marks/tensor.ts';
import { type AxisScale, ticksOf } from '../marks/ticks.ts';
import { node, type SvgNode } from '../marks/tree.ts';
import { type ChartValue, describeOdd, drawn, isDrawn, readValues, type Value } from '../marks/values.ts';
import { type GridPlaces, gridHints, gridPlane, gridTable, oddCells, type Places, readPlaces } from './grid.ts';

/** A path over the plane, such as that of an optimizer. */
export interface ContourPath {
  /** What the legend calls it. */
  readonly name: string;
  /** First coordinate of each step. */
  readonly x: ArrayLike<ChartValue>;
  /** Second coordinate of each step, as many as `x`. */
  readonly y: ArrayLike<ChartValue>;
}

/** Heights over a plane: `values` has a row for each `y` and a column for each `x`. */
export interface ContourData extends MatrixValues, GridPlaces {
  /** Ways over the plane. @defaultValue none */
  readonly paths?: readonly ContourPath[];
}

/** Options of {@link contourChart}. */
export interface ContourChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'x' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'y' */
  yLabel?: string;
  /** What the heights are called. @defaultValue 'value' */
  valueLabel?: string;
  /** Heights of the contours, ascending, or about how many at round numbers. @defaultValue 10 */
  levels?: number | readonly number[];
  /** Which numbers are round: steps of one length, or powers of ten; then heights of 0 and below lie below all contours. @defaultValue 'linear' */
  levelScale?: AxisScale;
  /** Color map from low to high. @defaultValue 'inferno' */
  scheme?: HeatScheme;
}

interface Path {
  name: string;
  x: Value[];
  y: Value[];
  i: number;
}

interface Read {
  places: Places;
  values: Value[];
  levels: number[];
  paths: Path[];
  remarks: string[];
}

const own = ['xLabel', 'yLabel', 'valueLabel', 'levels', 'levelScale', 'scheme'];

const MOST_LEVELS = 40;
const MOST_PATHS = 24;
const MOST_STEPS = 10_000;

/**
 * Contours of heights over a plane, such as a loss, with paths over it, such as those of optimizers.
 *
 * Contours are found by marching squares with linear interpolation. A path is a line with a ring at its first and a dot at its
 * last step. Where a height is NaN, infinite or missing the plane is gray; a step that cannot be drawn breaks the path, and both are
 * counted. Of more than 160 rows or columns 160 are drawn, 80 where heights go up and down as noise does, of more than 24 paths 24, of a path with more than 10,000 steps 10,000, evenly
 * spread, and the figure says so.
 *
 * @param data - heights row by row, their places, and paths
 * @throws RangeError if there are fewer than two rows or columns, places do not ascend or are not as many as rows and columns, a path has
 * not as many `x` as `y`, or `levels` do not ascend or are not in [1, 40]
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { contourChart } from '@weightkit/viz';
 * const places = [-2, -1, 0, 1, 2];
 * const values = places.map((y) => places.map((x) => x * x + y * y));
 * const figure = contourChart({ values, x: places, y: places }, { levels: [1, 4] });
 * console.log(figure.description); // -> value over x from −2 to 2 and y from −2 to 2: lowest 0 at (0, 0), highest 8 at (−2, −2). 2 contours, at 1 and 4.
 * ```
 */
export function contourChart(data: ContourData, options: ContourChartOptions = {}): Figure {
  const fn = 'contourChart';
  checkFigureOptions(fn, options, own);
  checkTexts(fn, options, ['xLabel', 'yLabel', 'valueLabel']);
  const { title = 'Contours', xLabel = 'x', yLabel = 'y', valueLabel = 'value' } = options;
  const { levels = 10, levelScale = 'linear', scheme = 'inferno' } = options;
  checkChoice(fn, 'levelScale', levelScale, ['linear', 'log']);
  checkChoice(fn, 'scheme', scheme, ['inferno', 'hot']);
  const read = readContours(fn, data, levels, levelScale);
  const colors = ramp(scheme, read.levels.length + 1, 0.12, 0.97);
  const words = { xLabel, yLabel, valueLabel };
  return makeFigure({
    chart: 'contourChart',
    title,
    description: describe(read, words),
    table: () => gridTable(read.places, read.values, words),
    options,
    legend: legendOf(read, colors, valueLabel),
    plotHeight: (width, headerHeight) => Math.min(width, 560) * 0.8 + 80 - headerHeight * 0.5,
    plot: (size) => plot(read, colors, words, size),
  });
}

function readContours(fn: string, data: ContourData, levels: number | readonly number[], scale: AxisScale): Read {
  checkData(fn, data);
  const tensor = readTensor(fn, '', data, 2);
  const { values, shape } = tensor;
  const columns = shape[1]!;
  const places = readPlaces(fn, data, tensor);
  const kept = places.rows.flatMap((row) => places.columns.map((column) => values[row * columns + column]!));
  const all = readPaths(fn, data.paths);
  const paths = spread(all.length, MOST_PATHS).map((i) => all[i]!);
  const some = `${paths.length} of ${countText(all.length)} paths are drawn`;
  return {
    places,
    values: kept,
    levels: readLevels(fn, levels, drawn(kept), scale),
    paths,
    remarks: [...places.remarks, ...(paths.length < all.length ? [some] : [])],
  };
}

function readLevels(fn: string, levels: number | readonly number[], values: number[], scale: AxisScale): number[] {
  if (typeof levels === 'number') {
    const rule = `${fn}: levels must be a whole number in [1, ${MOST_LEVELS}], or a list`;
    checkNumber(rule, levels, (count) => Number.isInteger(count) && count >= 1 && count <= MOST_LEVELS);
    const lowest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const domain = domainOf(scale === 'log' ? values.filter((value) => value > 0) : values, scale);
    const round = scale === 'log' ? logLevels(domain, levels) : ticksOf(domain, 'linear', levels);
    return round.filter((level) => level > lowest);
  }
  checkList(fn, 'levels', levels);
  checkRange(levels.length <= MOST_LEVELS, `${fn}: levels must be at most ${MOST_LEVELS}`, levels.length);
  checkAscending(fn, 'levels', levels);
  return Array.from(levels);
}

/** Powers of ten, with steps between them where there is room. */
function logLevels([low, high]: readonly [number, number], count: number): number[] {
  const decades = Math.log10(high) - Math.log10(low);
  const steps = count >= 3 * decades ? [1, 2, 5] : count >= 2 * decades ? [1, 3] : undefined;
  if (steps === undefined || decades < 1) return ticksOf([low, high], 'log', count);
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => first + i);
  const levels = powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`)));
  return levels.filter((level) => level >= low && level <= high);
}

function readPaths(fn: string, raw: readonly ContourPath[] = []): Path[] {
  checkType(Array.isArray(raw), `${fn}: paths must be an array`, raw);
  const read = (path: ContourPath, { where }: Entry<ContourPath>, i: number): Path => {
    checkArray(fn, where('x'), path.x);
    checkArray(fn, where('y'), path.y);
    const { length } = path.x;
    checkRange(
      length === path.y.length,
      `${fn}: ${where()} must have as many x as y`,
      `${length} x and ${path.y.length} y`,
    );
    const all = { x: readValues(fn, where('x'), path.x), y: readValues(fn, where('y'), path.y) };
    const kept = spread(length, MOST_STEPS);
    return { name: path.name, x: kept.map((k) => all.x[k]!), y: kept.map((k) => all.y[k]!), i };
  };
  return readEntries(fn, 'paths', raw, read, true);
}

interface Words {
  xLabel: string;
  yLabel: string;
  valueLabel: string;
}

function plot(read: Read, colors: readonly string[], words: Words, size: Size): SvgNode[] {
  const draw = (plane: Plane) => {
    const { frame } = plane;
    const { grid, unit } = gridOf(read, plane);
    const areas = read.levels.map((level, i) =>
      node('path', {
        'data-mark': 'contour',
        d: ringArea(frame, grid, contourRings(grid, level * unit)),
        fill: colors[i + 1],
        'fill-rule': 'evenodd',
      }),
    );
    const lines = { stroke: '#ffffff', 'stroke-opacity': 0.35, 'stroke-width': 0.75 };
    return [
      rect([frame.left, frame.top], [frame.right, frame.bottom], { fill: colors[0]! }),
      group('contours', lines, ...areas),
      ...oddCells(frame, grid, read.values),
      ...read.paths.flatMap((path) => pathMarks(path, plane)),
      gridHints(read.places, read.values, plane),
    ];
  };
  return gridPlane(size, read.places, words, draw, (plane) => read.paths.flatMap((path) => pathEnds(path, plane)));
}

/** The grid in places. Differences of values near the largest double overflow: then all are quarters, and so must levels be. */
function gridOf({ places, values }: Read, { x, y }: Plane): { grid: Grid; unit: number } {
  const unit = values.some((value) => isDrawn(value) && Math.abs(value) > Number.MAX_VALUE / 4) ? 0.25 : 1;
  return {
    unit,
    grid: {
      values: fillGaps(
        values.map((value) => (isDrawn(value) ? value * unit : Number.NaN)),
        places.x.length,
      ),
      x: places.x.map(x.place),
      y: places.y.map(y.place),
    },
  };
}

const stepAt = ({ x, y }: Path, k: number) => isDrawn(x[k]) && isDrawn(y[k]);

function pathMarks(path: Path, plane: Plane): SvgNode[] {
  const { frame } = plane;
  const { color, dash } = lineStyle(path.i);
  const known = [...path.x.keys()].filter((k) => stepAt(path, k));
  if (known.length === 0) return [];
  const place = (axis: Plane['x'], values: readonly Value[]) =>
    values.map((value, k) => (stepAt(path, k) ? axis.place(value!) : Number.NaN));
  const kept = clip({ x: place(plane.x, path.x), y: place(plane.y, path.y) });
  const across = frame.right - frame.left;
  const corners = {
    x: kept.x.map((at) => frame.left + at * across),
    y: kept.y.map((at) => frame.bottom - at * (frame.bottom - frame.top)),
  };
  const dots = alone(corners).map((k) => dot([corners.x[k]!, corners.y[k]!], 3));
  return [
    polyline(corners, { 'data-mark': 'rim', stroke: ink.ground, 'stroke-width': 4.5 }),
    polyline(corners, { stroke: color, 'stroke-width': 2.25, 'stroke-dasharray': dash }),
    ...(dots.length === 0 ? [] : [group('dot', { fill: color, stroke: ink.ground }, ...dots)]),
    ...hints(known, (k) => {
      const [x, y] = [path.x[k]!, path.y[k]!];
      return hintAt(plane, x, y, `${path.name}, step ${k}: ${said(x)}, ${said(y)}`);
    }),
  ];
}

/** The first and the last step of a path, never cut off. */
function pathEnds(path: Path, plane: Plane): SvgNode[] {
  const { color } = lineStyle(path.i);
  const known = [...path.x.keys()].filter((k) => stepAt(path, k));
  if (known.length === 0) return [];
  const inside = (k: number) =>
    [plane.x.place(path.x[k]!), plane.y.place(path.y[k]!)].every((at) => at >= 0 && at <= 1);
  const at = (k: number): Point => [pixelX(plane, path.x[k]!), pixelY(plane, path.y[k]!)];
  const [first, last] = [known[0]!, known.at(-1)!];
  const start = { fill: ink.ground, stroke: color, 'stroke-width': 2.5 };
  const end = { fill: color, stroke: ink.ground, 'stroke-width': 1.5 };
  return [
    ...(inside(first) ? [dot(at(first), 5, { 'data-mark': 'start', ...start })] : []),
    ...(inside(last) ? [dot(at(last), 5.5, { 'data-mark': 'end', ...end })] : []),
  ];
}

/** The values of steps that have no place. */
const oddSteps = (path: Path) => path.x.flatMap((x, k) => (stepAt(path, k) ? [] : [isDrawn(x) ? path.y[k]! : x]));

function legendOf(read: Read, colors: readonly string[], valueLabel: string): Legend {
  const { paths, remarks, values } = read;
  const known = drawn(values);
  const [low, high] = endsOf(known);
  const named = paths.map(({ name, i }): LegendEntry => ({ name, mark: 'line', ...lineStyle(i) }));
  const lost = oddEntries(paths.flatMap(oddSteps)).map((entry) => ({ ...entry, name: `${entry.name} in paths` }));
  const told = [...(paths.length > 0 ? ['ring: start, dot: end'] : []), ...remarks];
  return {
    kind: 'ramp',
    colors,
    from: known.length === 0 ? valueLabel : `${valueLabel} ${formatNumber(low)}`,
    to: known.length === 0 ? '' : formatNumber(high),
    entries: [...named, ...saidEntries(told), ...oddEntries(values, 'square', ink.none), ...lost],
  };
}

const endsOf = (values: readonly number[]): [number, number] => [
  values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
];

function describe({ places, values, levels, paths, remarks }: Read, { xLabel, yLabel, valueLabel }: Words): string {
  const span = (label: string, all: readonly number[]) =>
    `${label} from ${formatNumber(all[0]!)} to ${formatNumber(all.at(-1)!)}`;
  const [low, high] = endsOf(drawn(values));
  const at = (value: number) => {
    const k = values.indexOf(value);
    const row = Math.floor(k / places.x.length);
    const place = [places.x[k - row * places.x.length]!, places.y[row]!];
    return `${formatNumber(value)} at (${place.map((number) => formatNumber(number)).join(', ')})`;
  };
  const heights = low > high ? 'no value' : `lowest ${at(low)}, highest ${at(high)}`;
  const odd = describeOdd(values);
  return [
    `${valueLabel} over ${span(xLabel, places.x)} and ${span(yLabel, places.y)}: ${heights}.`,
    levelText(levels),
    ...paths.slice(0, 8).map((path) => `${pathText(path)}.`),
    ...(paths.length > 8 ? [`And ${paths.length - 8} paths more.`] : []),
    ...(odd === '' ? [] : [`Gray: ${odd}.`]),
    ...remarks.map((remark) => `${remark}.`),
  ].join(' ');
}

function levelText(levels: readonly number[]): string {
  const told = levels.map((level) => formatNumber(level));
  if (told.length === 0) return 'No contour.';
  if (told.length === 1) return `One contour, at ${told[0]}.`;
  return `${told.length} contours, at ${told.slice(0, -1).join(', ')} and ${told.at(-1)}.`;
}

function pathText(path: Path): string {
  const known = [...path.x.keys()].filter((k) => stepAt(path, k));
  const at = (k: number) => `(${formatNumber(path.x[k]!)}, ${formatNumber(path.y[k]!)})`;
  const odd = describeOdd(oddSteps(path));
  const steps = `${countText(path.x.length)} ${path.x.length === 1 ? 'step' : 'steps'}`;
  const way = known.length === 0 ? 'nowhere' : `from ${at(known[0]!)} to ${at(known.at(-1)!)}`;
  return `${path.name}: ${steps} ${way}${odd === '' ? '' : `; ${odd}`}`;
}
