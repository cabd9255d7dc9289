import { checkNumber, checkType } from '@weightkit/numerics/check';
import { diverging, ink, inkOn, palette, tint } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import type { Size } from '../marks/frame.ts';
import type { LegendEntry } from '../marks/header.ts';
import { hints, MOST_HINTS } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { kindOf, oddPaint, oddPath } from '../marks/odd-shape.ts';
import { checkChoice, checkFigureOptions, type FigureOptions } from '../marks/options.ts';
import { FONT, group, halo, type PlacedText, type Point, texts } from '../marks/shapes.ts';
import type { Table } from '../marks/table.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import { type Attributes, node, round, type SvgNode } from '../marks/tree.ts';
import { cellOf, describeOdd, isDrawn, oddName, type Value } from '../marks/values.ts';
import {
  type Edge,
  edgesOf,
  equalUnits,
  foldText,
  type Layer,
  type Network,
  type NetworkData,
  readNetwork,
  type Unit,
} from './network.ts';
import { layoutNetwork, type NetworkLayout, networkHeight } from './network-layout.ts';

/** Options of {@link networkGraph}. */
export interface NetworkGraphOptions extends FigureOptions {
  /** `'units'`: units of a layer with equal incoming weights (and biases, where given) have one color. @defaultValue all units are white */
  equal?: 'units';
  /** How far apart weights may be and count as equal, at least 0. @defaultValue 0 */
  tolerance?: number;
  /** The magnitude, above 0, that gets the widest line, as all above it. @defaultValue the largest */
  max?: number;
  /** Whether weights are written on their lines, the largest first, where no other text and no other line is. @defaultValue false */
  lineText?: boolean;
}

const FN = 'networkGraph';
const MOST_EDGES = 2000;
const MOST_ODD = 200;
/** Looks of lines from weak to strong. */
const LEVELS = 24;
const WIDEST = 6;
/** Steps of the legend to each side. */
const STEPS = 12;

interface Read {
  network: Network;
  /** From weak to strong, so that no weak line lies on a strong one. */
  edges: Edge[];
  odd: Edge[];
  max: number;
  groups: (number | undefined)[][];
  counts: Counts;
  remarks: string[];
}

/** What is said of all weights. */
interface Counts {
  all: number;
  zeros: number;
  finite: number;
  lowest: number;
  highest: number;
  odd: string;
}

/**
 * A network of dense layers: a column of units for each layer, and a line for each weight, wider and darker for a larger one, blue
 * for positive and vermilion for negative.
 *
 * Weak lines lie below strong ones; a weight of 0 has none. Of more than 24 units of a layer the first and last 8 are drawn, of more
 * than 12 layers the first and last 5, of more than 2000 lines the strongest; the figure says so. Weights that are NaN, infinite or
 * missing are dashed. Each unit and each line has its name and number as a `<title>`, which browsers show when one points at it.
 *
 * @param data - the layers, and a kernel between each and the next
 * @throws RangeError if there are fewer than two layers or a kernel does not fit its layers
 * @throws TypeError if a weight, value or bias is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { networkGraph } from '@weightkit/viz';
 * const layers = [{ name: 'input', units: [{ name: 'x1' }, { name: 'x2' }] }, { name: 'output', units: 1 }];
 * console.log(networkGraph({ layers, weights: [[[0.5], [-2]]] }).table.rows.at(-1).join()); // -> x2,output[0],-2
 * ```
 */
export function networkGraph(data: NetworkData, options: NetworkGraphOptions = {}): Figure {
  checkFigureOptions(FN, options, ['equal', 'tolerance', 'max', 'lineText']);
  const { title = 'Network', equal, tolerance = 0, max, lineText = false } = options;
  if (equal !== undefined) checkChoice(FN, 'equal', equal, ['units']);
  checkNumber(`${FN}: tolerance must be at least 0`, tolerance, (x) => x >= 0);
  if (max !== undefined) checkNumber(`${FN}: max must be above 0 and finite`, max, (x) => x > 0 && Number.isFinite(x));
  checkType(typeof lineText === 'boolean', `${FN}: lineText must be true or false`, lineText);
  const network = readNetwork(data);
  const groups = equal === undefined ? network.layers.map(() => []) : equalUnits(network, tolerance);
  const read = choose(network, groups, max);
  return makeFigure({
    chart: 'networkGraph',
    title,
    description: describe(read, equal !== undefined),
    table: () => tabulate(read),
    options,
    legend: legendOf(read, equal !== undefined),
    plotHeight: () => networkHeight(network),
    plot: (size) => plot(read, size, lineText),
  });
}

/** Chooses what is drawn, and counts what is not. */
function choose(network: Network, groups: Read['groups'], max: number | undefined): Read {
  const all = edgesOf(network);
  const drawn = all.filter(({ weight }) => isDrawn(weight) && weight !== 0);
  const odd = all.filter(({ weight }) => !isDrawn(weight));
  const size = ({ weight }: Edge) => Math.abs(weight!);
  // The sort is stable: of equal weights the first stay.
  const strongest = [...drawn].sort((a, b) => size(b) - size(a)).slice(0, MOST_EDGES);
  const folded = network.layers.filter((layer) => foldText(layer) !== '');
  const some = (layer: Layer) => `${layer.units.length} of ${countText(layer.count)} units of ${layer.name} are drawn`;
  const { layers, count } = network;
  const remarks = [
    ...folded.map(some),
    ...(layers.length < count ? [`${layers.length} of ${countText(count)} layers are drawn`] : []),
    ...(strongest.length < drawn.length
      ? [`of ${countText(drawn.length)} lines the ${countText(MOST_EDGES)} strongest are drawn`]
      : []),
  ];
  const counts = countWeights(network);
  return {
    network,
    edges: strongest.reverse(),
    odd: spread(odd.length, MOST_ODD).map((i) => odd[i]!),
    max: max ?? (Math.max(0, ...strongest.map(size)) || 1),
    groups,
    counts,
    remarks,
  };
}

function countWeights({ weights }: Network): Counts {
  let [zeros, finite, lowest, highest] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const odd: Value[] = [];
  for (const { values } of weights) {
    for (const value of values) {
      if (!isDrawn(value)) odd.push(value);
      else {
        finite++;
        if (value === 0) zeros++;
        if (value < lowest) lowest = value;
        if (value > highest) highest = value;
      }
    }
  }
  return { all: finite + odd.length, zeros, finite, lowest, highest, odd: describeOdd(odd) };
}

// A line that is there can be seen: the weakest is not white.
const lineColor = (sign: number, share: number) => diverging(sign * (0.22 + 0.78 * share));
const lineWidth = (share: number) => 0.75 + (WIDEST - 0.75) * share;
const levelOf = (weight: number, max: number) => Math.min(LEVELS - 1, Math.floor((Math.abs(weight) / max) * LEVELS));
const shareOf = (level: number) => (level + 0.5) / LEVELS;

function legendOf({ edges, max, groups, counts, remarks, network }: Read, equal: boolean) {
  const entries: LegendEntry[] = [];
  const told = (name: string, color: string = ink.text) => entries.push({ name, mark: 'none', color });
  if (equal) {
    for (const { layer, number, members } of groupsOf(groups)) {
      const { name, units } = network.layers[layer]!;
      entries.push({
        name: `${name}: ${members.length} of ${units.length} units equal`,
        mark: 'square',
        color: groupColor(number),
      });
    }
    if (entries.length === 0) told('no two units of a layer are equal');
  }
  if (counts.zeros > 0) told(`${zerosText(counts.zeros)}, without a line`);
  if (counts.odd !== '') told(`dashed: ${counts.odd}`, ink.wrong);
  for (const remark of remarks) told(remark);
  const shares = Array.from({ length: 2 * STEPS }, (_, i) => (i - STEPS + 0.5) / STEPS);
  const more = edges.length > 0 && Math.abs(edges.at(-1)!.weight!) > max ? ' or more' : '';
  return {
    kind: 'ramp',
    colors: shares.map((share) => lineColor(Math.sign(share), Math.abs(share))),
    thickness: shares.map((share) => lineWidth(Math.abs(share))),
    from: `weight −${formatNumber(max)}${more}`,
    to: `${formatNumber(max)}${more}`,
    entries,
  } as const;
}

const zerosText = (count: number) => (count === 1 ? '1 weight is 0' : `${countText(count)} weights are 0`);

/** The groups of equal units, in order. */
function groupsOf(groups: Read['groups']) {
  return groups.flatMap((row, layer) =>
    [...new Set(row.filter((number) => number !== undefined))].map((number) => ({
      layer,
      number,
      members: [...row.keys()].filter((i) => row[i] === number),
    })),
  );
}

// Not blue and vermilion, which are signs here. Light enough for dark text; after the last color they start again, lighter.
const groupColors = palette.slice(2);
const groupColor = (number: number) => {
  const round = Math.floor(number / groupColors.length);
  return tint(groupColors[number % groupColors.length]!, round % 2 === 0 ? 0.5 : 0.25);
};

function plot(read: Read, size: Size, lineText: boolean): SvgNode[] {
  const layout = layoutNetwork(read.network, size);
  return [
    ...lines(read, layout),
    ...(lineText ? lineTexts(read, layout) : []),
    ...read.network.layers.map((layer, i) => nodes(layer, read.groups[i]!, layout.places[i]!, layout.radius)),
    ...names(read.network, layout, size.width),
  ];
}

function lines(read: Read, layout: NetworkLayout): SvgNode[] {
  const { network, edges, odd, max } = read;
  const scale = Math.min(1, layout.radius / 9);
  const looks = new Map<string, { look: Record<string, string | number>; paths: SvgNode[] }>();
  for (const edge of edges) {
    const level = levelOf(edge.weight!, max);
    const sign = edge.weight! < 0 ? -1 : 1;
    const share = shareOf(level);
    const look = { stroke: lineColor(sign, share), 'stroke-width': lineWidth(share) * scale };
    const key = `${level} ${sign}`;
    const { paths } = looks.get(key) ?? looks.set(key, { look, paths: [] }).get(key)!;
    paths.push(line(network, edge, layout));
  }
  const groups = [...looks.values()].map(({ look, paths }) => node('g', look, ...paths));
  const wrong = { stroke: ink.wrong, 'stroke-dasharray': '4 3' };
  const dashed = odd.length === 0 ? [] : [node('g', wrong, ...odd.map((edge) => line(network, edge, layout)))];
  const told = [...edges, ...odd];
  return [
    group('edges', { fill: 'none' }, ...groups, ...dashed),
    ...(told.length > MOST_HINTS ? [] : hints(told, (edge) => [...middleOf(edge, layout), edgeText(network, edge)])),
  ];
}

const edgeText = ({ layers }: Network, { layer, from, to, weight }: Edge): string =>
  `${layers[layer]!.units[from]!.label} → ${layers[layer + 1]!.units[to]!.label}: ${told(weight)}`;

function middleOf({ layer, from, to }: Edge, { places }: NetworkLayout): Point {
  const [a, b] = [places[layer]![from]!, places[layer + 1]![to]!];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

function line(network: Network, edge: Edge, { places }: NetworkLayout): SvgNode {
  const { layer, from, to } = edge;
  const [a, b] = [places[layer]![from]!, places[layer + 1]![to]!];
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]].map(round) as [number, number];
  const d = `M${round(a[0])},${round(a[1])}c${round(dx * 0.42)},0,${round(dx * 0.58)},${dy},${dx},${dy}`;
  return node('path', { d }, node('title', {}, edgeText(network, edge)));
}

// Parts of the way along a line where its number may stand, the first that is free.
const SPOTS = [0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8];
const MOST_TEXTS = 400;

/** Weights as numbers on their lines. All lines between two layers are at the same x after the same part of their way. */
function lineTexts({ network, edges, odd }: Read, layout: NetworkLayout): SvgNode[] {
  if (edges.length > MOST_TEXTS) return [];
  const { places, folds, radius, step } = layout;
  const taken = [
    ...hiddenNotes(network, layout).map(({ at: [x, y], text }) => ({ x, y, half: guessWidth(text, NOTE) / 2 })),
    ...folds.flatMap((at) => (at === undefined ? [] : [{ x: at[0], y: at[1], half: Math.max(step, 24) / 2 }])),
  ];
  const heightAt = ({ layer, from, to }: Edge, part: number) => {
    const [start, end] = [places[layer]![from]![1], places[layer + 1]![to]![1]];
    return start + (end - start) * part * part * (3 - 2 * part);
  };
  const placed = [...edges].reverse().flatMap((edge): PlacedText[] => {
    const text = formatNumber(edge.weight!, 2);
    const half = guessWidth(text, NOTE) / 2 + 2;
    const [left, right] = [places[edge.layer]![edge.from]![0], places[edge.layer + 1]![edge.to]![0]];
    const others = [...edges, ...odd].filter((other) => other.layer === edge.layer && other !== edge);
    for (const t of SPOTS) {
      const along = 3 * t * (1 - t) * (0.42 * (1 - t) + 0.58 * t) + t ** 3;
      const [x, y] = [left + (right - left) * along, heightAt(edge, t)];
      const free =
        x - half > left + radius + 2 &&
        x + half < right - radius - 2 &&
        others.every((other) => Math.abs(heightAt(other, t) - y) > NOTE / 2 + 2) &&
        taken.every((box) => Math.abs(box.x - x) > box.half + half || Math.abs(box.y - y) > NOTE + 2);
      if (!free) continue;
      taken.push({ x, y, half });
      return [{ at: [x, y], text }];
    }
    return [];
  });
  return [texts('weights', placed, { size: NOTE, 'pointer-events': 'none', ...halo, 'stroke-width': WIDEST })];
}

const told = (value: Value) => (isDrawn(value) ? formatNumber(value, 4) : oddName(value));

function nodes(
  { units }: Layer,
  groups: readonly (number | undefined)[],
  places: readonly Point[],
  r: number,
): SvgNode {
  const shapes = units.flatMap((unit, i) => {
    const number = groups[i];
    const fill = number === undefined ? ink.ground : groupColor(number);
    const parts = [
      unit.label,
      ...(unit.value === undefined ? [] : [`value ${told(unit.value)}`]),
      ...(unit.bias === undefined ? [] : [`bias ${told(unit.bias)}`]),
    ];
    const circle = node(
      'circle',
      { cx: places[i]![0], cy: places[i]![1], r, fill },
      node('title', {}, parts.join(', ')),
    );
    return [circle, ...inside(unit, places[i]!, r, number === undefined ? {} : { fill: inkOn(fill) })];
  });
  return group('units', { stroke: ink.text, 'stroke-width': Math.min(1.5, r / 6) }, ...shapes);
}

const plain = { stroke: 'none', 'pointer-events': 'none' };

/** The value within a unit, with as many digits as fit; without one its name, if it fits. */
function inside(unit: Unit, [x, y]: Point, r: number, look: Attributes): SvgNode[] {
  const text = insideText(unit, r);
  if (text !== '') return [texts('inside', [{ at: [x, y], text }], { size: fontIn(r), ...plain, ...look })];
  if (unit.value === undefined || isDrawn(unit.value)) return [];
  const kind = kindOf(unit.value);
  return [node('path', { d: oddPath(kind, x, y), ...oddPaint(kind, ink.wrong), 'pointer-events': 'none' })];
}

const fontIn = (r: number) => Math.min(FONT, Math.floor(r * 0.8));

function insideText({ name, value }: Unit, r: number): string {
  const size = fontIn(r);
  const fits = (text: string) => size >= 7 && guessWidth(text, size) <= 2 * r - 3;
  if (value === undefined) return fits(name) ? name : '';
  if (!isDrawn(value)) return '';
  return [3, 2, 1].map((digits) => formatNumber(value, digits)).find(fits) ?? '';
}

function names(network: Network, layout: NetworkLayout, width: number): SvgNode[] {
  const { layers } = network;
  const { columns, step, radius, places, folds, gap } = layout;
  const heads = layers.map((layer, i) => {
    const x = columns[i]!;
    const room = Math.max(12, Math.min(step - 8, sides(x, width) - 4));
    const size = `${countText(layer.count)} ${layer.count === 1 ? 'unit' : 'units'}`;
    return { x, name: shorten(layer.name, room, FONT * 1.08), size: shorten(size, room, NOTE) };
  });
  const fits = step > 22;
  const folded = layers.flatMap((layer, i): PlacedText[] => {
    const at = folds[i];
    return at === undefined
      ? []
      : [{ at, text: shorten(foldText(layer), Math.min(Math.max(step - 4, 24), sides(at[0], width)), NOTE) }];
  });
  const outer = [
    ...beside(layers[0]!, places[0]!, { radius, room: layout.left, side: -1 }),
    ...beside(layers.at(-1)!, places.at(-1)!, { radius, room: layout.right, side: 1 }),
  ];
  const hidden = hiddenNotes(network, layout).map(({ at, text, look }) => texts('note', [{ at, text }], look));
  const middle = layout.places[0]!.reduce((sum, [, y]) => sum + y, 0) / layout.places[0]!.length;
  return [
    ...(fits
      ? [
          texts(
            'layers',
            heads.map(({ x, name }): PlacedText => ({ at: [x, 10], text: name })),
            { 'font-weight': 600 },
          ),
          texts(
            'counts',
            heads.map(({ x, size }): PlacedText => ({ at: [x, 26], text: size })),
            { size: NOTE, fill: ink.quiet },
          ),
        ]
      : []),
    ...(folded.length > 0 ? [texts('folded', folded, { size: NOTE, ...halo })] : []),
    ...(gap === undefined ? [] : [texts('folded', [{ at: [gap, middle], text: '…' }], { size: 16 })]),
    ...outer,
    ...(hidden.length === 0 ? [] : [group('below', halo, ...hidden)]),
  ];
}

const NOTE = 11;

/** The width of a text with its middle at x that stays inside the drawing. */
const sides = (x: number, width: number) => 2 * Math.min(x, width - x) - 4;

/** Names and biases of an outer layer, beside its units. */
function beside(
  { units }: Layer,
  places: readonly Point[],
  look: { radius: number; room: number; side: -1 | 1 },
): SvgNode[] {
  const { radius, room, side } = look;
  const lines = units.flatMap((unit, i): SvgNode[] => {
    const [x, y] = places[i]!;
    const at = x + side * (radius + 6);
    const name = insideText(unit, radius) === unit.name ? '' : shorten(unit.name, room, FONT);
    const bias = biasText(unit);
    const apart = name !== '' && bias !== '' && radius >= 7 ? 7 : 0;
    const named = name === '' ? [] : [texts('name', [{ at: [at, y - apart], text: name }])];
    if (bias === '' || (name !== '' && apart === 0)) return named;
    const text = shorten(bias, room, NOTE);
    return [...named, texts('bias', [{ at: [at, y + apart], text }], biasLook(unit))];
  });
  return lines.length === 0 ? [] : [group('beside', { 'text-anchor': side < 0 ? 'end' : 'start', ...halo }, ...lines)];
}

/** Names and biases of hidden layers, on the outer sides of units: above those of an upper half. Lines go inward from there. */
function hiddenNotes({ layers }: Network, { places, radius, step, notes }: NetworkLayout) {
  if (!notes) return [];
  return layers.slice(1, -1).flatMap(({ units }, layer) => {
    const own = places[layer + 1]!;
    const middle = own.reduce((sum, [, y]) => sum + y, 0) / own.length;
    return units.flatMap((unit, i): (PlacedText & { look: Attributes & { size: number } })[] => {
      const [x, y] = own[i]!;
      const name = insideText(unit, radius) === unit.name ? '' : unit.name;
      const bias = biasText(unit);
      const both = name !== '' && bias !== '' ? `${name}, ${bias}` : name + bias;
      if (both === '') return [];
      const side = y < middle - 1 ? -1 : 1;
      const text = shorten(both, Math.max(step - 10, 2 * radius), NOTE);
      return [{ at: [x, y + side * (radius + 9)], text, look: { size: NOTE, ...(name === '' ? biasLook(unit) : {}) } }];
    });
  });
}

const biasText = ({ bias }: Unit) =>
  bias === undefined ? '' : `b ${isDrawn(bias) ? formatNumber(bias, 3) : oddName(bias)}`;

const biasLook = ({ bias }: Unit) => ({
  size: NOTE,
  fill: !isDrawn(bias) ? ink.wrong : bias === 0 ? ink.text : diverging(Math.sign(bias) * 0.85),
});

function describe({ network, edges, groups, counts, remarks }: Read, equal: boolean): string {
  const { layers, count } = network;
  const listed = layers.map(({ name, count }) => `${name} (${countText(count)})`).join(', ');
  const { lowest, highest, finite, zeros, odd, all } = counts;
  const range =
    finite === 0
      ? ''
      : lowest === highest
        ? `, all ${formatNumber(lowest)}`
        : ` from ${formatNumber(lowest)} to ${formatNumber(highest)}`;
  const sentences = [
    `A network of ${countText(count)} layers with their numbers of units: ${listed}`,
    `${countText(all)} ${all === 1 ? 'weight' : 'weights'}${range}`,
  ];
  const strongest = edges.at(-1);
  if (strongest !== undefined && lowest !== highest) {
    const [from, to] = [
      layers[strongest.layer]!.units[strongest.from]!,
      layers[strongest.layer + 1]!.units[strongest.to]!,
    ];
    sentences.push(`The strongest drawn is ${from.label} → ${to.label} with ${formatNumber(strongest.weight!)}`);
  }
  if (zeros > 0) sentences.push(`${zerosText(zeros)}, without a line`);
  if (odd !== '') sentences.push(`Dashed: ${odd}`);
  if (equal) sentences.push(equalText(network, groups));
  return [...sentences, ...remarks.map((remark) => remark[0]!.toUpperCase() + remark.slice(1))]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}

function equalText({ layers }: Network, groups: Read['groups']): string {
  const found = groupsOf(groups);
  if (found.length === 0) return 'No two units of a layer have equal incoming weights';
  const told = found.slice(0, MOST_TOLD).map(({ layer, members }) => {
    const labels = members.slice(0, MOST_TOLD).map((i) => layers[layer]!.units[i]!.label);
    return `${labels.join(', ')}${members.length > MOST_TOLD ? ` and ${members.length - MOST_TOLD} more` : ''}`;
  });
  const more = found.length > MOST_TOLD ? `, and ${found.length - MOST_TOLD} groups more` : '';
  return `Equal incoming weights have ${told.join('; ')}${more}`;
}

const MOST_TOLD = 8;

function tabulate({ network }: Read): Table {
  const { layers } = network;
  const units = layers.flatMap((layer) => layer.units);
  const extras = (['value', 'bias'] as const).filter((key) => units.some((unit) => unit[key] !== undefined));
  const cell = (value: Value | undefined) => (value === undefined ? '' : cellOf(value));
  return {
    columns: ['unit', 'to', 'weight', ...extras],
    rows: [
      ...(extras.length === 0
        ? []
        : units.map((unit) => [unit.label, '', '', ...extras.map((key) => cell(unit[key]))])),
      ...edgesOf(network).map(({ layer, from, to, weight }) => [
        layers[layer]!.units[from]!.label,
        layers[layer + 1]!.units[to]!.label,
        cellOf(weight),
        ...extras.map(() => ''),
      ]),
    ],
  };
}
