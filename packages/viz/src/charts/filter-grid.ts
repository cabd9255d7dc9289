import { checkNumber, checkRange } from '@weightkit/numerics/check';
import { blocksOf } from '../marks/blocks.ts';
import { endsOf } from '../marks/color-scale.ts';
import { diverging, ink, palette } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import type { Size } from '../marks/frame.ts';
import { saidEntries } from '../marks/header.ts';
import { cellEdges, cellHints } from '../marks/hints.ts';
import { countText } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import { checkChoice, checkData, checkDomain, checkFigureOptions, type FigureOptions } from '../marks/options.ts';
import { FONT, group, type PlacedText, rect, texts } from '../marks/shapes.ts';
import { readTensor, type Tensor } from '../marks/tensor.ts';
import { shorten } from '../marks/text.ts';
import { node, type SvgNode } from '../marks/tree.ts';
import { type ChartValue, cellOf, describeOdd, isDrawn, type Value } from '../marks/values.ts';
import { layoutSheet } from './filter-layout.ts';
import { readGroups, readTexts } from './groups.ts';

/** The kernel of a convolution, or the images that dense units look for. */
export interface FilterGridData {
  /** The weights in the order of `shape`, the last dimension running fastest; without `shape`, arrays in arrays. */
  readonly values: ArrayLike<ChartValue> | readonly unknown[];
  /** Height, width, input channels and filters, as kernels of Keras and TensorFlow.js have them. @defaultValue that of the nested arrays */
  readonly shape?: readonly number[];
  /** Names of the filters. @defaultValue their numbers */
  readonly names?: readonly string[];
  /** Groups: the filters of one have frames of one color, and the legend names it. @defaultValue none */
  readonly groups?: FilterGroups;
}

/** What kinds of filters there are. */
export interface FilterGroups {
  /** Names of the groups, at most 4. */
  readonly names: readonly string[];
  /** Number of the group of each filter, from 0. */
  readonly of: readonly number[];
}

/** Options of {@link filterGrid}. */
export interface FilterGridOptions extends FigureOptions {
  /**
   * `'gray'`: black for the lowest, gray for 0, white for the highest. `'diverging'`: blue above 0, vermilion below. `'rgb'`: the
   * three input channels as red, green and blue, gray for 0. @defaultValue 'gray'
   */
  color?: 'gray' | 'diverging' | 'rgb';
  /** Which input channel is drawn, other than for `'rgb'`. @defaultValue 0 */
  channel?: number;
  /** `'shared'`: all filters by the largest magnitude of all. `'filter'`: each by its own. @defaultValue 'shared' */
  scale?: 'shared' | 'filter';
  /**
   * What the colors span, for values that have no 0 in their middle, as answers from 0 to 1: the value halfway is gray, or white.
   * @defaultValue as far to both sides of 0
   */
  domain?: readonly [number, number];
  /** `'norm'`: the largest L2 norm first. `'name'`: by name. @defaultValue as they are given */
  sort?: 'norm' | 'name';
  /** How many filters stand side by side, at least 1. @defaultValue as many as fit */
  columns?: number;
}

const FN = 'filterGrid';
const MOST_FILTERS = 256;
/** Pixels of all filters together. */
const MOST_PIXELS = 65_536;
const MOST_SIDE = 128;
const PAD = 16;
const TOP = 8;
/** Levels to each side of 0, alone and for each of three channels. */
const LEVELS = 32;
const RGB_LEVELS = 8;

interface Filter {
  name: string;
  /** Number of its group. */
  group: number | undefined;
  /** L2, of what can be drawn. */
  norm: number;
  /** `channels[c][y][x]` */
  channels: readonly (readonly (readonly Value[])[])[];
  max: number;
}

interface Read {
  /** Those drawn, in order. */
  filters: Filter[];
  count: number;
  shape: readonly number[];
  high: number;
  wide: number;
  odd: Value[];
  remarks: string[];
  /** Names of the groups. */
  groups: readonly string[];
}

/**
 * Filters of a convolution as a contact sheet of small pictures: what each looks for.
 *
 * Colors have 64 levels, or 16 for each of red, green and blue, linear and as far on both sides of 0, or of the middle of `domain`. A pixel that is NaN, infinite
 * or missing is dark red. Of more than 256 filters or 65,536 pixels the first in the order are drawn; of a filter higher or wider than
 * 128 the largest in magnitude of each block; the figure says so.
 *
 * @param data - the kernel
 * @throws RangeError if the values do not fit the shape, names or groups are not as many as filters, there are more than 4 groups,
 * `channel` is not one of its channels, `'rgb'` is asked for without three, `columns` is not a whole number above 0, or
 * `domain` is not two ascending numbers or comes with a `scale` of its own for each filter
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { filterGrid } from '@weightkit/viz';
 * const figure = filterGrid({ values: [1, -1, 0, 0, 1, -1, 0, 0], shape: [2, 2, 1, 2] }, { title: 'Two filters' });
 * console.log(figure.table.rows.map(([name, norm]) => `${name}: ${norm}`).join()); // -> 0: 1.4142135623730951,1: 1.4142135623730951
 * ```
 */
export function filterGrid(data: FilterGridData, options: FilterGridOptions = {}): Figure {
  checkFigureOptions(FN, options, ['color', 'channel', 'scale', 'domain', 'sort', 'columns']);
  const { title = 'Filters', color = 'gray', channel = 0, scale = 'shared', domain, sort, columns } = options;
  checkChoice(FN, 'color', color, ['gray', 'diverging', 'rgb']);
  checkChoice(FN, 'scale', scale, ['shared', 'filter']);
  checkDomain(FN, 'domain', domain, false);
  checkRange(
    domain === undefined || scale === 'shared',
    `${FN}: scale must be 'shared' where there is a domain`,
    scale,
  );
  if (sort !== undefined) checkChoice(FN, 'sort', sort, ['norm', 'name']);
  checkNumber(`${FN}: channel must be a whole number`, channel, (x) => Number.isSafeInteger(x) && x >= 0);
  if (columns !== undefined)
    checkNumber(`${FN}: columns must be a whole number above 0`, columns, (x) => Number.isSafeInteger(x) && x > 0);
  checkData(FN, data);
  const kernel = readTensor(FN, '', data, 4);
  const inputs = kernel.shape[2]!;
  if (color === 'rgb')
    checkRange(inputs === 3, `${FN}: color must be 'gray' or 'diverging' but for 3 input channels`, inputs);
  else checkRange(channel < inputs, `${FN}: channel must be one of the ${inputs} input channels`, channel);
  const count = kernel.shape[3]!;
  const names = readNames(data, count);
  const groups =
    data.groups === undefined ? { names: [], of: [] } : readGroups(FN, data.groups, count, 'filters', FRAMES.length);
  const read = choose(kernel, names, groups, color === 'rgb' ? [0, 1, 2] : [channel], sort);
  const most = read.filters.reduce((most, { max }) => Math.max(most, max), 0) || 1;
  const spanOf = (filter: Filter): Span => {
    if (domain) return [domain[0], domain[1]];
    const max = scale === 'shared' ? most : filter.max || 1;
    return [-max, max];
  };
  const end = scale === 'shared' ? formatNumber(most) : 'largest of each';
  const shares = Array.from({ length: 2 * LEVELS + 1 }, (_, i) => (i - LEVELS) / LEVELS);
  const told = [
    ...read.remarks,
    ...(color === 'rgb' || inputs === 1 ? [] : [`input channel ${channel} of ${countText(inputs)}`]),
  ];
  return makeFigure({
    chart: 'filterGrid',
    title,
    description: describe(read, color, domain ? middleOf(domain) : 0, told, sort),
    table: () => tabulate(read, color === 'rgb'),
    options,
    legend: {
      kind: 'ramp',
      colors: shares.map(color === 'diverging' ? diverging : (share) => grayOf([share])),
      ...(domain ? endsOf(domain, rangeOf(read)) : { from: `−${end}`, to: end }),
      entries: [
        ...read.groups.map((name, i) => ({ name, mark: 'square' as const, color: FRAMES[i]! })),
        ...oddEntries(read.odd, 'square', ink.wrong),
        ...saidEntries(told),
      ],
    },
    plotHeight: (width) => {
      const { length } = read.filters;
      const { down, rows, scale } = layoutSheet(length, read.wide, read.high, width - 2 * PAD, undefined, columns);
      return Math.ceil(rows * down * scale) + TOP + PAD;
    },
    plot: (size) => plot(read, spanOf, color === 'diverging', size, columns),
  });
}

/** The values at the two ends of the colors. */
type Span = readonly [number, number];
// Halves first: the ends may be as large as numbers get.
const middleOf = ([from, to]: Span) => from / 2 + to / 2;

/** The lowest and the highest value that is drawn. */
function rangeOf({ filters }: Read): [number, number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const { channels } of filters)
    for (const rows of channels)
      for (const row of rows)
        for (const value of row)
          if (isDrawn(value)) {
            if (value < lowest) lowest = value;
            if (value > highest) highest = value;
          }
  return [lowest, highest];
}

function readNames({ names }: FilterGridData, count: number): string[] {
  if (names === undefined) return Array.from({ length: count }, (_, i) => String(i));
  const read = readTexts(FN, 'names', names);
  checkRange(read.length === count, `${FN}: names must have as many entries as filters`, `${read.length} for ${count}`);
  return read;
}

function choose(
  kernel: Tensor,
  names: readonly string[],
  groups: FilterGroups,
  channels: readonly number[],
  sort: FilterGridOptions['sort'],
): Read {
  const [h, w, inputs, count] = kernel.shape as [number, number, number, number];
  const norms = names.map((_, i) => normOf(kernel.values, i, count));
  const order = [...names.keys()];
  if (sort === 'norm') order.sort((a, b) => norms[b]! - norms[a]! || a - b);
  // By code units: the same everywhere.
  if (sort === 'name') order.sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : a - b));
  const [high, wide] = [h, w].map((side) => Math.ceil(side / Math.ceil(side / MOST_SIDE))) as [number, number];
  const most = Math.max(1, Math.min(MOST_FILTERS, Math.floor(MOST_PIXELS / (high * wide))));
  const filters = order.slice(0, most).map((i): Filter => {
    const read = channels.map((channel) => {
      const values = Array.from({ length: h * w }, (_, at) => kernel.values[(at * inputs + channel) * count + i]!);
      return blocksOf({ values, shape: [h, w] }, MOST_SIDE).cells;
    });
    const max = read.flat(2).reduce<number>((most, v) => (isDrawn(v) ? Math.max(most, Math.abs(v)) : most), 0);
    return { name: names[i]!, group: groups.of[i], norm: norms[i]!, channels: read, max };
  });
  const remarks = [
    ...(filters.length < count ? [`the first ${filters.length} of ${countText(count)} filters`] : []),
    ...(high < h || wide < w
      ? [`each pixel has the largest in magnitude of up to ${Math.ceil(h / high)} × ${Math.ceil(w / wide)} weights`]
      : []),
  ];
  const odd = filters.flatMap(({ channels }) =>
    channels.flatMap((rows) => rows.flatMap((row) => row.filter((v) => !isDrawn(v)))),
  );
  return { filters, count, shape: kernel.shape, high, wide, odd, remarks, groups: groups.names };
}

/** L2 of the weights of a filter that can be drawn, without overflow on the way. */
function normOf(values: readonly Value[], filter: number, count: number): number {
  let most = 0;
  for (let i = filter; i < values.length; i += count) {
    const value = values[i]!;
    if (isDrawn(value) && Math.abs(value) > most) most = Math.abs(value);
  }
  if (most === 0) return 0;
  let sum = 0;
  for (let i = filter; i < values.length; i += count) {
    const value = values[i]!;
    if (isDrawn(value)) sum += (value / most) ** 2;
  }
  return most * Math.sqrt(sum);
}

const byte = (share: number) =>
  Math.round(127.5 * (1 + share))
    .toString(16)
    .padStart(2, '0');

/** A color of one share of [-1, 1], gray, or of three. */
const grayOf = (shares: readonly number[]) => `#${[0, 1, 2].map((i) => byte(shares[i] ?? shares[0]!)).join('')}`;

function plot(
  { filters, high, wide, groups }: Read,
  spanOf: (filter: Filter) => Span,
  signed: boolean,
  size: Size,
  asked?: number,
): SvgNode[] {
  const room = size.height - TOP - PAD;
  const width = size.width - 2 * PAD;
  const { columns, across, down, ...sheet } = layoutSheet(filters.length, wide, high, width, room, asked);
  // In a drawing too low for its tiles they are smaller, without names.
  const shrink = Math.min(1, room / (sheet.rows * down * sheet.scale));
  const [scale, label] = [sheet.scale * shrink, shrink < 1 ? 0 : sheet.label];
  const runs = new Map<string, string>();
  const corners = filters.map((_, n) => [(n % columns) * across, Math.floor(n / columns) * down] as const);
  filters.forEach((filter, n) => {
    const [left, top] = corners[n]!;
    const colorAt = colorsOf(filter, spanOf(filter), signed);
    for (let y = 0; y < high; y++) {
      for (let from = 0; from < wide; ) {
        const color = colorAt(y, from);
        let to = from + 1;
        while (to < wide && colorAt(y, to) === color) to++;
        runs.set(color, `${runs.get(color) ?? ''}M${left + from},${top + y}h${to - from}`);
        from = to;
      }
    }
  });
  const paths = [...runs.keys()].sort().map((stroke) => node('path', { d: runs.get(stroke)!, stroke }));
  // Half a pixel down: strokes are as thick as pixels, and a little more, so that no ground shows between two rows.
  const transform = `translate(${PAD},${TOP}) scale(${Number(scale.toPrecision(6))}) translate(0,0.5)`;
  const at = (x: number, y: number) => [PAD + x * scale, TOP + y * scale] as const;
  const tiles = filters.map(({ name, group, norm }, n) => {
    const [left, top] = corners[n]!;
    const title = node(
      'title',
      {},
      `${name}, ${group === undefined ? `norm ${formatNumber(norm, 4)}` : groups[group]}`,
    );
    const look = group === undefined ? {} : { stroke: FRAMES[group]!, 'stroke-width': FRAME };
    const frame = rect(at(left, top), at(left + wide, top + high), look);
    return { ...frame, children: [title] };
  });
  const named = filters.map(({ name }, n): PlacedText => {
    const [x, y] = at(corners[n]![0] + wide / 2, corners[n]![1] + high);
    return { at: [x, y + 9], text: shorten(name, Math.min(across * scale, 2 * x, 2 * (size.width - x)) - 2, FONT) };
  });
  return [
    node(
      'g',
      { 'data-mark': 'pixels', fill: 'none', 'shape-rendering': 'crispEdges', 'stroke-width': 1.02, transform },
      ...paths,
    ),
    group('tiles', { fill: 'none', stroke: ink.leader, 'pointer-events': 'all' }, ...tiles),
    ...(label > 0 ? [texts('names', named)] : []),
    ...filters.map(({ name, channels }, n) => {
      const [left, top] = corners[n]!;
      const [from, to] = [at(left, top), at(left + wide, top + high)];
      return cellHints(
        channels[0]!.map((row, y) => row.map((_, x) => channels.map((rows) => rows[y]![x]!))),
        {
          x: cellEdges(from[0], to[0], wide),
          y: cellEdges(from[1], to[1], high),
          rows: `${name}, row `,
          columns: 'column ',
        },
      );
    }),
  ];
}

/** Pixels that the frame of a tile of a group is thick. */
const FRAME = 2.5;
/** Colors of frames by group: none of those that pixels have. */
const FRAMES = palette.slice(2);

/** The color of each pixel of a filter. */
function colorsOf({ channels }: Filter, span: Span, signed: boolean): (y: number, x: number) => string {
  const levels = channels.length === 1 ? LEVELS : RGB_LEVELS;
  const middle = middleOf(span);
  const half = span[1] - middle;
  return (y, x) => {
    const shares: number[] = [];
    for (const rows of channels) {
      const value = rows[y]![x]!;
      if (!isDrawn(value)) return ink.wrong;
      const share = Math.min(1, Math.max(-1, (value - middle) / half));
      shares.push(Math.round(share * levels) / levels);
    }
    return signed ? diverging(shares[0]!) : grayOf(shares);
  };
}

function describe(
  read: Read,
  color: string,
  middle: number,
  told: readonly string[],
  sort: FilterGridOptions['sort'],
): string {
  const { filters, shape, count, odd } = read;
  const [h, w, inputs] = shape as [number, number, number];
  const looks: Record<string, string> = {
    gray: 'brighter for larger weights',
    diverging: `blue above ${formatNumber(middle)}, vermilion below`,
    rgb: 'three input channels as red, green and blue',
  };
  const norms = [...filters].sort((a, b) => a.norm - b.norm);
  const [least, most] = [norms[0]!, norms.at(-1)!];
  const range =
    least.norm === most.norm
      ? `All norms are ${formatNumber(least.norm)}`
      : `Norms are from ${formatNumber(least.norm)} (${least.name}) to ${formatNumber(most.norm)} (${most.name})`;
  const channels = `${countText(inputs)} input ${inputs === 1 ? 'channel' : 'channels'}`;
  const filled = `${countText(count)} ${count === 1 ? 'filter' : 'filters'} of ${h} × ${w} and ${channels}, ${looks[color]}`;
  const order = sort === undefined ? [] : [sort === 'norm' ? 'The largest norm comes first' : 'Sorted by name'];
  const gone = describeOdd(odd);
  const remarks = told.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}`);
  const counts = read.groups.map(
    (name, i) => `${name} ${countText(filters.filter(({ group }) => group === i).length)}`,
  );
  if (counts.length > 0) remarks.push(`By group: ${counts.join(', ')}`);
  return [filled, range, ...order, ...remarks, ...(gone === '' ? [] : [`Dark red: ${gone}`])]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}

function tabulate({ filters, high, wide, groups }: Read, rgb: boolean) {
  const places = Array.from({ length: high * wide }, (_, i) => `${Math.floor(i / wide)},${i % wide}`);
  const channels = rgb ? ['red ', 'green ', 'blue '] : [''];
  return {
    columns: [
      'filter',
      ...(groups.length > 0 ? ['group'] : []),
      'norm',
      ...channels.flatMap((channel) => places.map((place) => `${channel}${place}`)),
    ],
    rows: filters.map(({ name, group, norm, channels }) => [
      name,
      ...(group === undefined ? [] : [groups[group]!]),
      norm,
      ...channels.flat(2).map(cellOf),
    ]),
  };
}
