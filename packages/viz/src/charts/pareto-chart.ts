import { ink, palette } from '../marks/colors.ts';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatBytes, formatNumber } from '../marks/format.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { hints } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import {
  checkAbove0,
  checkChoice,
  checkData,
  checkFigureOptions,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { type Plane, pixelX, pixelY, planeIn } from '../marks/plane.ts';
import { dot, FONT, group, halo, type PlacedText, polyline, texts } from '../marks/shapes.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import type { AxisScale } from '../marks/ticks.ts';
import type { SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, isDrawn, type Value } from '../marks/values.ts';

/** A model with what it costs and what it is worth. */
export interface ParetoPoint {
  /** What it is called. */
  readonly name: string;
  /** What it costs, such as bytes: less is better. */
  readonly size: ChartValue;
  /** What it is worth, such as its accuracy: more is better. */
  readonly accuracy: ChartValue;
}

/** Models to choose from. */
export interface ParetoChartData {
  /** The models, one or more. */
  readonly points: readonly ParetoPoint[];
}

/** Options of {@link paretoChart}. */
export interface ParetoChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'size' */
  xLabel?: string;
  /** Name of the y axis. @defaultValue 'accuracy' */
  yLabel?: string;
  /** Scale of the x axis; a log scale takes sizes above 0 only. @defaultValue 'linear' */
  xScale?: AxisScale;
  /** How sizes are written: as numbers, or as bytes in decimal units, `1.2 MB`. @defaultValue 'number' */
  xFormat?: 'number' | 'bytes';
}

interface Model {
  name: string;
  size: Value;
  accuracy: Value;
  onFront: boolean;
}

type Placed = Model & { size: number; accuracy: number };

const MOST_DOTS = 2000;
const MOST_FRONT = 500;
const MOST_TOLD = 12;
const NAME = 11;

/**
 * Models by size and accuracy, with the Pareto front as a stepped line: for every size the best accuracy that a model of at most that size
 * has. A model is on the front where no other is at least as small, at least as accurate, and better in one of the two.
 *
 * Models on the front are named where names have room. A model with a size or an accuracy that is NaN, infinite or missing has no dot and is
 * counted. Of more than 2000 models behind the front 2000 are drawn, of more than 500 on it 500, evenly spread, and the figure says so.
 *
 * @param data - the models
 * @throws RangeError if there is no model, or a log scale meets a finite size that is not above 0
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { paretoChart } from '@weightkit/viz';
 * const points = [{ name: 'float32', size: 400, accuracy: 0.98 }, { name: 'int8', size: 100, accuracy: 0.97 }, { name: 'bad', size: 200, accuracy: 0.9 }];
 * console.log(paretoChart({ points }).table.rows.map((row) => row[3]).join()); // -> front,front,behind
 * ```
 */
export function paretoChart(data: ParetoChartData, options: ParetoChartOptions = {}): Figure {
  const fn = 'paretoChart';
  checkFigureOptions(fn, options, ['xLabel', 'yLabel', 'xScale', 'xFormat']);
  checkTexts(fn, options, ['xLabel', 'yLabel']);
  const { title = 'Size and accuracy', xLabel = 'size', yLabel = 'accuracy', xScale = 'linear' } = options;
  checkChoice(fn, 'xScale', xScale, ['linear', 'log']);
  const { xFormat = 'number' } = options;
  checkChoice(fn, 'xFormat', xFormat, ['number', 'bytes']);
  const isBytes = xFormat === 'bytes';
  const models = readModels(fn, data, xScale);
  const known = models.filter((model): model is Placed => isDrawn(model.size) && isDrawn(model.accuracy));
  const all = frontOf(known);
  for (const model of all) model.onFront = true;
  const behind = known.filter(({ onFront }) => !onFront);
  const front = spread(all.length, MOST_FRONT).map((i) => all[i]!);
  const rest = spread(behind.length, MOST_DOTS).map((i) => behind[i]!);
  const remarks = [
    ...(behind.length > rest.length
      ? [`${countText(rest.length)} of ${countText(behind.length)} models behind the front are drawn`]
      : []),
    ...(all.length > front.length ? [`${front.length} of ${countText(all.length)} models on the front are drawn`] : []),
  ];
  const odd = models.length === known.length ? [] : models.flatMap(oddOf);
  const words = { xLabel, yLabel, sizeText: isBytes ? formatBytes : formatNumber };
  const shown = [...front, ...rest];
  const entries: LegendEntry[] = [
    { name: 'front', mark: 'line', color: FRONT },
    ...(rest.length > 0 ? [{ name: 'behind it', mark: 'dot' as const, color: BEHIND }] : []),
    ...saidEntries(remarks),
    ...oddEntries(odd),
  ];
  return makeFigure({
    chart: 'paretoChart',
    title,
    description: describe(models.length, all, words, odd, remarks),
    table: () => ({
      columns: ['name', xLabel, yLabel, 'where'],
      rows: models.map((model) => [
        model.name,
        cellOf(model.size),
        cellOf(model.accuracy),
        oddOf(model).length > 0 ? '' : model.onFront ? 'front' : 'behind',
      ]),
    }),
    options,
    legend: { kind: 'names', entries },
    plotHeight: (_, headerHeight) => 400 - headerHeight,
    plot: (size) =>
      planeIn(size, {
        x: {
          label: xLabel,
          scale: xScale,
          values: shown.map((model) => model.size),
          nice: true,
          format: isBytes ? formatBytes : undefined,
        },
        y: { label: yLabel, scale: 'linear', values: shown.map((model) => model.accuracy) },
        draw: (plane) => marks(front, rest, plane),
      }),
  });
}

const FRONT = palette[0]!;
const BEHIND = ink.axis;

/** What of a model cannot be drawn. */
const oddOf = ({ size, accuracy }: Model): Value[] => (isDrawn(size) ? (isDrawn(accuracy) ? [] : [accuracy]) : [size]);

function readModels(fn: string, data: ParetoChartData, xScale: AxisScale): Model[] {
  checkData(fn, data);
  const models = readNamed(
    fn,
    'points',
    data.points,
    ({ name }, { value }): Model => ({ name, size: value('size'), accuracy: value('accuracy'), onFront: false }),
  );
  if (xScale === 'log')
    checkAbove0(
      fn,
      'sizes',
      models.map(({ size }) => size),
    );
  return models;
}

/** Those than which no other is as small and as accurate, and better in one of the two: by size, equal ones together. */
function frontOf(models: readonly Placed[]): Placed[] {
  const sorted = notBehind(models).sort((a, b) => a.size - b.size || b.accuracy - a.accuracy);
  const front: Placed[] = [];
  for (const model of sorted) {
    const best = front.at(-1);
    const equal = best?.size === model.size && best.accuracy === model.accuracy;
    if (best === undefined || model.accuracy > best.accuracy || equal) front.push(model);
  }
  return front;
}

const BINS = 4096;

/**
 * Models among which are all of the front: those with a higher accuracy than the best of all bins of smaller sizes. Of a million hardly
 * any is left to be sorted.
 */
function notBehind(models: readonly Placed[]): Placed[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { size } of models) {
    if (size < low) low = size;
    if (size > high) high = size;
  }
  // Halves, as a difference may be no double.
  const length = high / 2 - low / 2;
  const binOf = ({ size }: Placed) => (length > 0 ? Math.floor(((size / 2 - low / 2) / length) * (BINS - 1)) : 0);
  const before = new Float64Array(BINS + 1).fill(Number.NEGATIVE_INFINITY);
  for (const model of models) {
    const next = binOf(model) + 1;
    if (model.accuracy > before[next]!) before[next] = model.accuracy;
  }
  for (let bin = 1; bin <= BINS; bin++) before[bin] = Math.max(before[bin]!, before[bin - 1]!);
  return models.filter((model) => model.accuracy > before[binOf(model)]!);
}

function marks(front: readonly Placed[], rest: readonly Placed[], plane: Plane): SvgNode[] {
  const at = (model: Placed): [number, number] => [pixelX(plane, model.size), pixelY(plane, model.accuracy)];
  const places = front.map(at);
  const steps = places.flatMap(([x, y], i): [number, number][] => [
    ...(i === 0 ? [] : [[x, places[i - 1]![1]] as [number, number]]),
    [x, y],
  ]);
  const end = places.at(-1);
  if (end !== undefined) steps.push([plane.frame.right, end[1]]);
  const corners = { x: steps.map(([x]) => x), y: steps.map(([, y]) => y) };
  return [
    polyline(corners, { 'data-mark': 'front line', stroke: FRONT, 'stroke-width': 1.75 }),
    ...(rest.length === 0
      ? []
      : [group('behind', { fill: BEHIND, 'fill-opacity': 0.6 }, ...rest.map((model) => dot(at(model), 3.5)))]),
    group('front', { fill: FRONT, stroke: ink.ground }, ...places.map((place) => dot(place, 5))),
    texts('names', namesOf(front, places, plane), { size: NAME, 'text-anchor': 'start', ...halo }),
    ...hints([...front, ...rest], (model) => [
      ...at(model),
      `${model.name}: ${formatNumber(model.size)}, ${formatNumber(model.accuracy)}`,
    ]),
  ];
}

/** Names below and at the right of their dots, or above and at the left; those that would lie on another are left out. */
function namesOf(front: readonly Placed[], places: readonly [number, number][], { frame }: Plane): PlacedText[] {
  const taken: { left: number; right: number; y: number }[] = [];
  const free = (left: number, right: number, y: number) =>
    left >= frame.left &&
    right <= frame.right &&
    y <= frame.bottom - 6 &&
    y >= frame.top + 6 &&
    taken.every((box) => right < box.left || left > box.right || Math.abs(y - box.y) > FONT + 2);
  return front.flatMap(({ name }, i): PlacedText[] => {
    const [x, y] = places[i]!;
    const text = shorten(name, (frame.right - frame.left) * 0.4, NAME);
    const width = guessWidth(text, NAME);
    const spot = [
      [x + 7, y + 11],
      [x - 7 - width, y - 9],
    ].find(([left, middle]) => free(left!, left! + width, middle!));
    if (spot === undefined || ['', '…'].includes(text.trim())) return [];
    const [left, middle] = spot as [number, number];
    taken.push({ left, right: left + width, y: middle });
    return [{ at: [left, middle], text }];
  });
}

function describe(
  all: number,
  front: readonly Placed[],
  { xLabel, yLabel, sizeText }: { xLabel: string; yLabel: string; sizeText: (size: number) => string },
  values: readonly Value[],
  remarks: readonly string[],
): string {
  const told = front
    .slice(0, MOST_TOLD)
    .map(({ name, size, accuracy }) => `${name} (${sizeText(size)}, ${formatNumber(accuracy)})`);
  const left = front.length > MOST_TOLD ? `, and ${countText(front.length - MOST_TOLD)} more` : '';
  const odd = describeOdd(values);
  const count = all === 1 ? 'One model' : `${countText(all)} models`;
  const on =
    front.length === 0 ? 'none has a place' : `${countText(front.length)} on the front: ${told.join(', ')}${left}`;
  return [
    `${count} by ${xLabel} and ${yLabel}, ${on}.`,
    ...(odd === '' ? [] : [`Not drawn: ${odd}.`]),
    ...remarks.map((remark) => `${remark}.`),
  ].join(' ');
}
