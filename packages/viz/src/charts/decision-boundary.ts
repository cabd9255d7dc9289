import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { diverging, ink, palette } from '../marks/colors.ts';
import { contourRings, fillGaps, type Grid, ringArea, ringLines } from '../marks/contour.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import type { Size } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { hints } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import { checkData, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type Plane, pixelX, pixelY } from '../marks/plane.ts';
import { group, rect } from '../marks/shapes.ts';
import { symbolPath } from '../marks/symbols.ts';
import type { Table } from '../marks/table.ts';
import { readTensor } from '../marks/tensor.ts';
import { node, type SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, isDrawn, readValue, type Value } from '../marks/values.ts';
import { type GridPlaces, gridHints, gridPlane, gridTable, oddCells, type Places, readPlaces } from './grid.ts';

/** A point whose class is known. */
export interface ClassPoint {
  /** First coordinate. */
  readonly x: ChartValue;
  /** Second coordinate. */
  readonly y: ChartValue;
  /** Number of its class, from 0. */
  readonly class: number;
}

/** What a classifier says at each place of a plane, and points whose class is known. */
export interface DecisionBoundaryData extends GridPlaces {
  /**
   * For two classes the score of the second, such as its probability, in a row for each `y` and a column for each `x`; for any number of
   * classes an array with a score for each of them at each place. Flat with `shape`, or arrays in arrays.
   */
  readonly values:
    | ArrayLike<ChartValue>
    | readonly ArrayLike<ChartValue>[]
    | readonly (readonly ArrayLike<ChartValue>[])[];
  /** Rows and columns, and classes where each has a score. @defaultValue that of the nested arrays */
  readonly shape?: readonly number[];
  /** Points whose class is known. @defaultValue none */
  readonly points?: readonly ClassPoint[];
  /** Names of the classes. @defaultValue 'class 0', 'class 1', ... */
  readonly classes?: readonly string[];
}

/** Options of {@link decisionBoundary}. */
export interface DecisionBoundaryOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'x' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'y' */
  yLabel?: string;
  /** Score from which on a place belongs to the second of two classes. @defaultValue 0.5 */
  threshold?: number;
}

/** Points that were read, a list for each of what they have. */
interface Spots {
  x: Value[];
  y: Value[];
  /** Their classes. */
  own: Int8Array;
  /** The classes of their places, {@link OUTSIDE} outside of the plane. */
  said: Int8Array;
}

const OUTSIDE = -1;

interface Read {
  places: Places;
  /** Whether there is one score, of the second class, at a place. */
  binary: boolean;
  classes: string[];
  /** Scores of each class (or the second alone) by place, numbers in all of them. */
  scores: number[][];
  /** The first value of each place that cannot be drawn, or a number. */
  values: Value[];
  /** As it was given, and in the unit of the scores that are drawn. */
  threshold: number;
  cut: number;
  spots: Spots;
  remarks: readonly string[];
}

const MOST_CLASSES = 12;
const MOST_SPOTS = 2000;
// Shades on either side of the boundary between two classes.
const SHADES = 4;

/**
 * Where a classifier decides for which class: the plane in the colors of the classes, the boundary as a line, and points in the color
 * and shape of their class, with a bold rim where they lie on a side of another one.
 *
 * Of two classes the color is stronger the further the score is from `threshold`; of several, each place has the class with the highest
 * score. The boundary is found by marching squares with linear interpolation. Where a score is NaN, infinite or missing the
 * plane is gray. Of more than 160 rows or columns 160 are drawn, 80 where scores go up and down as noise does, of more than 2000 points 2000, evenly spread, and the figure says so.
 *
 * @param data - scores row by row, their places, and points
 * @throws RangeError if there are fewer than two rows, columns or classes, or more than 12 classes, places do not ascend or are not as many
 * as rows and columns, names are not as many as classes, or the class of a point is none of them
 * @throws TypeError if a score or coordinate is neither a number nor one of the texts for NaN and infinity nor missing, or an option is
 * unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { decisionBoundary } from '@weightkit/viz';
 * const places = [-1, 0, 1];
 * const values = places.map((y) => places.map((x) => 1 / (1 + Math.exp(-3 * (x + y)))));
 * const points = [{ x: -0.5, y: -0.5, class: 0 }, { x: 0.5, y: 0.4, class: 1 }, { x: 0.5, y: 0.8, class: 0 }];
 * const figure = decisionBoundary({ values, x: places, y: places, points });
 * console.log(figure.description.split('. ').at(-1)); // -> 3 points: 2 in a place of their class, 1 of class 0 in one of class 1.
 * ```
 */
export function decisionBoundary(data: DecisionBoundaryData, options: DecisionBoundaryOptions = {}): Figure {
  const fn = 'decisionBoundary';
  checkFigureOptions(fn, options, ['xLabel', 'yLabel', 'threshold']);
  checkTexts(fn, options, ['xLabel', 'yLabel']);
  const { title = 'Decision boundary', xLabel = 'x', yLabel = 'y', threshold = 0.5 } = options;
  checkNumber(`${fn}: threshold must be finite`, threshold, Number.isFinite);
  const read = readScores(fn, data, threshold);
  const labels = { xLabel, yLabel };
  return makeFigure({
    chart: 'decisionBoundary',
    title,
    description: describe(read, labels),
    table: () => tabulate(read, labels),
    options,
    legend: legendOf(read),
    plotHeight: (width, headerHeight) => Math.min(width, 560) * 0.8 + 80 - headerHeight * 0.5,
    plot: (size) => plot(read, labels, size),
  });
}

function readScores(fn: string, data: DecisionBoundaryData, threshold: number): Read {
  checkData(fn, data);
  const tensor = readTensor(fn, '', data, rankOf(data));
  const { values, shape } = tensor;
  const [, columns, depth = 1] = shape as [number, number, number?];
  const binary = shape.length === 2;
  const count = binary ? 2 : depth;
  checkRange(count >= 2 && count <= MOST_CLASSES, `${fn}: values must have 2 to ${MOST_CLASSES} classes`, count);
  const places = readPlaces(fn, data, tensor);
  const at = places.rows.flatMap((row) => places.columns.map((column) => (row * columns + column) * depth));
  const scoresAt = (k: number) => values.slice(k, k + depth);
  const unit = [threshold, ...values].some((value) => isDrawn(value) && Math.abs(value) > Number.MAX_VALUE / 4)
    ? 0.25
    : 1;
  const first = at.map((k) => {
    const odd = scoresAt(k).find((value) => !isDrawn(value));
    return odd === undefined ? values[k]! : odd;
  });
  const scores = Array.from({ length: depth }, (_, c) =>
    fillGaps(
      at.map((k, i) => (isDrawn(first[i]!) ? values[k + c]! * unit : Number.NaN)),
      places.x.length,
    ),
  );
  const classes = readClasses(fn, data.classes, count);
  const read = {
    places,
    binary,
    classes,
    scores,
    values: first,
    threshold,
    cut: threshold * unit,
    remarks: places.remarks,
  };
  const spots = readSpots(fn, data.points, count, (x, y) => saidAt(read, x, y));
  const all = spots.own.length;
  const remark = `${MOST_SPOTS} of ${countText(all)} points are drawn`;
  return { ...read, spots, remarks: [...places.remarks, ...(all > MOST_SPOTS ? [remark] : [])] };
}

/** Two dimensions, or three with scores of classes. */
function rankOf({ values, shape }: DecisionBoundaryData): 2 | 3 {
  if (shape !== undefined) return Array.isArray(shape) && shape.length === 3 ? 3 : 2;
  const cell: unknown = (values as readonly ArrayLike<unknown>[] | undefined)?.[0]?.[0];
  return Array.isArray(cell) || ArrayBuffer.isView(cell) ? 3 : 2;
}

function readClasses(fn: string, raw: readonly string[] | undefined, count: number): string[] {
  if (raw === undefined) return Array.from({ length: count }, (_, i) => `class ${i}`);
  checkType(Array.isArray(raw), `${fn}: classes must be an array of names`, raw);
  checkRange(raw.length === count, `${fn}: classes must be ${count} names`, raw.length);
  return Array.from(raw, (name, i) => {
    checkType(typeof name === 'string', `${fn}: classes[${i}] must be a string`, name);
    return name;
  });
}

function readSpots(
  fn: string,
  raw: readonly ClassPoint[] = [],
  count: number,
  saidAt: (x: Value, y: Value) => number,
): Spots {
  checkType(Array.isArray(raw), `${fn}: points must be an array`, raw);
  const all = raw.length;
  const [x, y] = [new Array<Value>(all), new Array<Value>(all)];
  const [own, said] = [new Int8Array(all), new Int8Array(all)];
  // Names of places are put together for what is wrong alone: there may be a million.
  const coordinate = (value: unknown, i: number, name: string) =>
    typeof value === 'number' ? value : readValue(fn, `points[${i}].${name}`, value);
  for (let i = 0; i < raw.length; i++) {
    const point = raw[i]!;
    const isThere = typeof point === 'object' && point !== null;
    if (!isThere) checkType(false, `${fn}: points[${i}] must have x, y and class`, point);
    const c = point.class;
    const isClass = (k: number) => Number.isInteger(k) && k >= 0 && k < count;
    if (typeof c !== 'number' || !isClass(c))
      checkNumber(`${fn}: points[${i}].class must be a whole number below ${count}`, c, isClass);
    x[i] = coordinate(point.x, i, 'x');
    y[i] = coordinate(point.y, i, 'y');
    own[i] = c;
    said[i] = saidAt(x[i]!, y[i]!);
  }
  return { x, y, own, said };
}

/** The class of a place: by scores between the four around it. */
function saidAt({ places, scores, binary, cut }: Omit<Read, 'spots'>, x: Value, y: Value): number {
  const column = positionOf(places.x, x);
  const row = positionOf(places.y, y);
  if (column < 0 || row < 0) return OUTSIDE;
  let [most, best] = [Number.NEGATIVE_INFINITY, 0];
  for (let c = 0; c < scores.length; c++) {
    const score = scoreAt(scores[c]!, places.x.length, column, row);
    if (binary) return score >= cut ? 1 : 0;
    if (score > most) [most, best] = [score, c];
  }
  return best;
}

function scoreAt(score: readonly number[], count: number, column: number, row: number): number {
  const i = Math.floor(column);
  const j = Math.floor(row);
  const low = mixed(score, j * count + i, column - i);
  return row > j ? mix(low, mixed(score, (j + 1) * count + i, column - i), row - j) : low;
}

const mix = (a: number, b: number, share: number) => a * (1 - share) + b * share;

/** A value between the k-th and the next. */
const mixed = (values: readonly number[], k: number, share: number) =>
  share > 0 ? mix(values[k]!, values[k + 1]!, share) : values[k]!;

/** Where a value lies among ascending places: the index of the one before it and how far it is to the next; -1 outside of them. */
function positionOf(all: readonly number[], value: Value): number {
  if (!isDrawn(value) || value < all[0]! || value > all.at(-1)!) return -1;
  let [low, high] = [0, all.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (all[middle]! <= value) low = middle;
    else high = middle;
  }
  return low + (value / 2 - all[low]! / 2) / (all[high]! / 2 - all[low]! / 2);
}

const colorOf = (i: number) => palette[i % palette.length]!;
const tintOf = (i: number) => (i < palette.length ? 0.32 : 0.14);

function plot(read: Read, labels: { xLabel: string; yLabel: string }, size: Size): SvgNode[] {
  const draw = (plane: Plane) => {
    const { frame } = plane;
    const grid = (values: readonly number[]): Grid => ({
      values,
      x: read.places.x.map(plane.x.place),
      y: read.places.y.map(plane.y.place),
    });
    const ground = (fill: string) => rect([frame.left, frame.top], [frame.right, frame.bottom], { fill });
    return [
      ...(read.binary ? shades(read, grid(read.scores[0]!), ground, plane) : regions(read, grid, plane)),
      ...oddCells(frame, grid([]), read.values),
      gridHints(read.places, read.values, plane),
    ];
  };
  return gridPlane(size, read.places, labels, draw, (plane) => spotMarks(read, plane));
}

const boundary = (d: string) =>
  node('path', { 'data-mark': 'boundary', d, fill: 'none', stroke: ink.title, 'stroke-width': 1.75 });

/** Shades of blue where the first of two classes is, of vermilion where the second is. */
function shades({ cut: threshold }: Read, grid: Grid, ground: (fill: string) => SvgNode, { frame }: Plane): SvgNode[] {
  const low = grid.values.reduce((least, value) => Math.min(least, value), threshold);
  const high = grid.values.reduce((most, value) => Math.max(most, value), threshold);
  const strength = (k: number) => (k / SHADES) * 0.34;
  const steps = Array.from({ length: SHADES }, (_, k) => k);
  const levels = [
    ...(low < threshold
      ? steps.slice(1).map((k) => ({ level: low + (threshold - low) * (k / SHADES), share: strength(SHADES - k) }))
      : []),
    ...(high > threshold || low === threshold
      ? steps.map((k) => ({ level: threshold + (high - threshold) * (k / SHADES), share: -strength(k + 1) }))
      : []),
  ];
  const areas = levels.map(({ level, share }) =>
    node('path', {
      'data-mark': share < 0 ? 'second class' : 'first class',
      d: ringArea(frame, grid, contourRings(grid, level)),
      fill: diverging(share),
      'fill-rule': 'evenodd',
    }),
  );
  return [
    ground(diverging(strength(SHADES))),
    ...areas,
    boundary(ringLines(frame, grid, contourRings(grid, threshold))),
  ];
}

/** A tint for each class where its score is the highest. */
function regions({ scores }: Read, grid: (values: readonly number[]) => Grid, { frame }: Plane): SvgNode[] {
  const drawn = scores.map((score, c) => {
    const others = scores.filter((_, other) => other !== c);
    const margin = score.map(
      (value, k) => value - others.reduce((most, other) => Math.max(most, other[k]!), -Infinity),
    );
    const margins = grid(margin);
    const rings = contourRings(margins, 0);
    return {
      area: node('path', {
        'data-mark': 'class',
        d: ringArea(frame, margins, rings),
        fill: colorOf(c),
        'fill-opacity': tintOf(c),
        'fill-rule': 'evenodd',
      }),
      line: ringLines(frame, margins, rings),
    };
  });
  return [...drawn.map(({ area }) => area), boundary(drawn.map(({ line }) => line).join(''))];
}

function spotMarks({ spots, classes }: Read, plane: Plane): SvgNode[] {
  const shown = spread(spots.own.length, MOST_SPOTS)
    .map((i) => ({ x: spots.x[i]!, y: spots.y[i]!, class: spots.own[i]!, said: spots.said[i]! }))
    .filter(({ said }) => said !== OUTSIDE);
  const told = hints(shown, ({ x, y, class: own }) => [
    pixelX(plane, x!),
    pixelY(plane, y!),
    `${classes[own]!} at ${formatNumber(x!)}, ${formatNumber(y!)}`,
  ]);
  const marks = classes.flatMap((_, c) =>
    [true, false].flatMap((right) => {
      const some = shown.filter((spot) => spot.class === c && (spot.said === c) === right);
      const d = some.map(({ x, y }) => symbolPath(c, pixelX(plane, x!), pixelY(plane, y!))).join('');
      const rim = right ? { stroke: ink.ground, 'stroke-width': 1 } : { stroke: ink.title, 'stroke-width': 1.75 };
      const name = right ? 'points' : 'points of another class';
      return d === '' ? [] : [group(name, { fill: colorOf(c), ...rim }, node('path', { d }))];
    }),
  );
  return [...marks, ...told];
}

/** What of each point that lacks a coordinate is not there. */
function oddOf({ x, y }: Spots): Value[] {
  const odd: Value[] = [];
  for (let i = 0; i < x.length; i++) {
    if (!isDrawn(x[i])) odd.push(x[i]!);
    else if (!isDrawn(y[i])) odd.push(y[i]!);
  }
  return odd;
}

function legendOf({ classes, binary, threshold, spots, values, remarks }: Read): Legend {
  const wrong = spots.said.some((said, i) => said !== OUTSIDE && said !== spots.own[i]);
  const line = binary && threshold !== 0.5 ? `line: score ${formatNumber(threshold)}` : 'line: boundary';
  const told = [line, ...(wrong ? ['bold rim: on another side'] : []), ...remarks];
  return {
    kind: 'names',
    entries: [
      ...classes.map((name, i): LegendEntry => ({ name, mark: 'dot', symbol: symbolPath(i, 0, 0), color: colorOf(i) })),
      ...saidEntries(told),
      ...oddEntries(values, 'square', ink.none),
      ...oddEntries(oddOf(spots)).map((entry) => ({ ...entry, name: `${entry.name} in points` })),
    ],
  };
}

function describe(read: Read, { xLabel, yLabel }: { xLabel: string; yLabel: string }): string {
  const { places, classes, values, remarks } = read;
  const span = (label: string, all: readonly number[]) =>
    `${label} from ${formatNumber(all[0]!)} to ${formatNumber(all.at(-1)!)}`;
  const shares = sharesOf(read).map((share, c) => `${classes[c]} ${Number((100 * share).toPrecision(3))} %`);
  const odd = describeOdd(values);
  return [
    `${classes.length} classes over ${span(xLabel, places.x)} and ${span(yLabel, places.y)}, by share of the places: ${shares.join(', ')}.`,
    ...(odd === '' ? [] : [`Gray: ${odd}.`]),
    ...remarks.map((remark) => `${remark}.`),
    ...spotText(read),
  ].join(' ');
}

/** The share of the places with a score that each class has. */
function sharesOf({ binary, classes, scores, values, cut }: Read): number[] {
  const known = [...values.keys()].filter((k) => isDrawn(values[k]!));
  const best = (k: number) => {
    if (binary) return scores[0]![k]! >= cut ? 1 : 0;
    const here = scores.map((score) => score[k]!);
    return here.indexOf(Math.max(...here));
  };
  const counts = classes.map(() => 0);
  for (const k of known) counts[best(k)]!++;
  return counts.map((count) => (known.length === 0 ? 0 : count / known.length));
}

function spotText({ spots, classes }: Read): string[] {
  const all = spots.own.length;
  if (all === 0) return [];
  const missing = oddOf(spots);
  let [right, lost] = [0, -missing.length];
  const pairs = new Map<number, number>();
  for (let i = 0; i < all; i++) {
    const [own, said] = [spots.own[i]!, spots.said[i]!];
    if (said === OUTSIDE) lost++;
    else if (said === own) right++;
    else {
      const pair = own * classes.length + said;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
  }
  const pairText = (pair: number) =>
    `of ${classes[Math.floor(pair / classes.length)]} in one of ${classes[pair % classes.length]}`;
  const wrong = [...pairs]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 6)
    .map(([pair, count]) => [pairText(pair), count] as const);
  const odd = describeOdd(missing);
  const told = [
    `${countText(right)} in a place of their class`,
    ...wrong.map(([pair, count]) => `${countText(count)} ${pair}`),
    ...(lost > 0 ? [`${countText(lost)} outside`] : []),
    ...(odd === '' ? [] : [odd]),
  ];
  return [`${countText(all)} ${all === 1 ? 'point' : 'points'}: ${told.join(', ')}.`];
}

function tabulate({ places, values, spots, classes }: Read, labels: { xLabel: string; yLabel: string }): Table {
  if (spots.own.length === 0) return gridTable(places, values, labels);
  return {
    columns: ['point', labels.xLabel, labels.yLabel, 'class', 'class of its place'],
    rows: spots.x.map((x, i) => [
      i,
      cellOf(x),
      cellOf(spots.y[i]!),
      classes[spots.own[i]!]!,
      spots.said[i] === OUTSIDE ? '' : classes[spots.said[i]!]!,
    ]),
  };
}
