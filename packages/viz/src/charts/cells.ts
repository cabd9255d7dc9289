import { checkRange, checkType } from '@weightkit/numerics/check';
import type { Blocks } from '../marks/blocks.ts';
import type { ColorScale } from '../marks/color-scale.ts';
import { ink, inkOn } from '../marks/colors.ts';
import type { FigureSpec } from '../marks/figure.ts';
import { border, type Frame, frameIn, type Size } from '../marks/frame.ts';
import { saidEntries } from '../marks/header.ts';
import { heatCells, ODD_LEVEL } from '../marks/heat-cells.ts';
import { cellEdges, cellHints } from '../marks/hints.ts';
import { apartBy, countText } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import { kindOf, oddPaint, oddPath } from '../marks/odd-shape.ts';
import { checkArray } from '../marks/options.ts';
import { FONT, group, type PlacedText, texts } from '../marks/shapes.ts';
import type { Table } from '../marks/table.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import { tickStep } from '../marks/ticks.ts';
import { node, round, type SvgNode } from '../marks/tree.ts';
import { cellOf, isDrawn } from '../marks/values.ts';

/** A matrix of colored cells with names at its sides. */
export interface Cells extends Blocks {
  readonly rows: Side;
  readonly columns: Side;
  readonly scale: ColorScale;
  /** The texts that may stand in a cell, the longest first; the first kind that fits all cells is written. */
  readonly notes: readonly ((value: number, row: number, column: number) => string)[];
  /** What the legend says below the scale. */
  readonly told?: readonly string[];
  /** Marks over the cells, of which each is so wide and high. */
  readonly over?: (frame: Frame, wide: number, high: number) => SvgNode[];
}

/** What stands along a side of a matrix. */
export interface Side {
  /** How many there are before neighbors are made one. */
  readonly count: number;
  /** Their names; left out, they are numbered from 0. */
  readonly names?: readonly string[] | undefined;
  /** What they are; empty for nothing. */
  readonly label: string;
}

const MOST_WIDE = 72;
const MOST_HIGH = 44;
const MOST_TALL = 560;
const MOST_NOTES = 1024;
const LINE = 14;
const RIGHT = 24;
/** Room at the left beside the names of rows. */
const LEFT = 20;

/** Says how many rows and columns make one cell; empty where each has its own. */
export function blockText({ high, wide, rows, columns }: Cells): string {
  if (high === 1 && wide === 1) return '';
  const shape = `${countText(rows.count)} × ${countText(columns.count)}`;
  return `each cell has the largest in magnitude of up to ${high} × ${wide} of ${shape} values`;
}

/** What a chart of cells hands over: its legend, its height and its plot. */
export function cellParts(all: Cells): Pick<FigureSpec, 'legend' | 'plotHeight' | 'plot'> {
  const odd = oddEntries(
    all.cells.flatMap((row) => row.filter((value) => !isDrawn(value))),
    'square',
    ink.none,
  );
  const remarks = [...(all.told ?? []), blockText(all)].filter((text) => text !== '');
  const entries = [...odd, ...saidEntries(remarks)];
  return {
    legend: { kind: 'ramp', ...all.scale.legend, entries },
    plotHeight: (width) => {
      const { margins, wide } = layout(all, width);
      const high = Math.min(wide, MOST_HIGH, MOST_TALL / all.cells.length);
      return margins.top + margins.bottom + Math.max(high * all.cells.length, LINE);
    },
    plot: (size) => plot(all, size),
  };
}

/** Columns have one width; their names stand upright where they are wider. */
function layout({ rows, columns, cells, high, wide: block }: Cells, width: number, height = Number.POSITIVE_INFINITY) {
  const left = Math.ceil(Math.min(width * 0.3, widest(rows, high))) + LEFT;
  const wide = Math.min(MOST_WIDE, (width - left - RIGHT) / cells[0]!.length);
  const upright = columns.names !== undefined && !areBeside(namesOf(columns, block), wide);
  const top = rows.label === '' ? 8 : 30;
  const named = columns.label === '' ? 6 : 20;
  // As long as upright names are at most, in a drawing that is high enough for them.
  const room = Math.max(LINE, Math.min(UPRIGHT, height - top - named - 8 - LINE));
  const names = upright ? Math.min(room, widest(columns, block)) + 8 : 18;
  return { wide, upright: upright ? room : 0, margins: { left, right: RIGHT, top, bottom: Math.ceil(names + named) } };
}

const UPRIGHT = 96;

const widest = (side: Side, size: number) =>
  namesOf(side, size).reduce((most, name) => Math.max(most, guessWidth(name, FONT)), 0);

/** The names of cells along a side; of several that are one, that of the first that has one. */
const namesOf = ({ count, names }: Side, size: number): string[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, i) =>
    names === undefined ? String(i * size) : (names.slice(i * size, (i + 1) * size).find((name) => name !== '') ?? ''),
  );

/** The places of the names that are not empty. */
const named = (names: readonly string[]): number[] => [...names.keys()].filter((i) => names[i] !== '');

/** Whether names stand level beside each other: each within its cell, or where some cells have none, clear of the next name. */
function areBeside(names: readonly string[], wide: number): boolean {
  const places = named(names);
  const widths = places.map((i) => guessWidth(names[i]!, FONT));
  if (places.length === names.length) return Math.max(...widths) <= wide - 6;
  return places.every((place, k) => {
    const half = widths[k]! / 2;
    const before = k === 0 ? -0.5 * wide - LEFT : places[k - 1]! * wide + widths[k - 1]! / 2 + 6;
    return place * wide - half >= before && place * wide + half <= (names.length - 0.5) * wide + RIGHT;
  });
}

/** The places of names of which one has room for `least` cells: every so many, or where cells have none, those that are so far apart. */
function shownOf(side: Side, names: readonly string[], least: number): number[] {
  const places = named(names);
  if (places.length < names.length) return apartBy(places, (i) => i, least);
  const every = everyOf(side, names.length, least);
  return places.filter((i) => i % every === 0);
}

function plot(all: Cells, size: Size): SvgNode[] {
  const { margins, wide, upright } = layout(all, size.width, size.height);
  const count = all.cells[0]!.length;
  const outer = frameIn(size, margins);
  const frame = { ...outer, right: Math.min(outer.right, outer.left + wide * count) };
  const levels = all.cells.map((row) => row.map((value) => (isDrawn(value) ? all.scale.level(value) : ODD_LEVEL)));
  const edges = Array.from({ length: count + 1 }, (_, i) => i / count);
  const high = (frame.bottom - frame.top) / all.cells.length;
  // Numbers alone would not say which is which.
  const fullNames = (side: Side, block: number) =>
    namesOf(side, block).map((name) => (side.names === undefined ? `${side.label} ${name}`.trim() : name));
  return [
    heatCells(frame, edges, levels, all.scale.colors, ink.none),
    border(frame),
    ...oddCells(all, frame, wide, high),
    ...cellNotes(all, frame, wide, high),
    ...(all.over?.(frame, wide, high) ?? []),
    ...rowNames(all, frame, high),
    ...columnNames(all, frame, wide, upright),
    cellHints(all.cells, {
      x: cellEdges(frame.left, frame.right, count),
      y: cellEdges(frame.top, frame.bottom, all.cells.length),
      rows: fullNames(all.rows, all.high),
      columns: fullNames(all.columns, all.wide),
    }),
  ];
}

/** Which value is not drawn, where cells are large enough to say it. */
function oddCells({ cells }: Cells, { left, top }: Frame, wide: number, high: number): SvgNode[] {
  if (Math.min(wide, high) < 10) return [];
  const marks = cells.flatMap((row, i) =>
    row.flatMap((value, k) => {
      if (isDrawn(value)) return [];
      const kind = kindOf(value);
      const d = oddPath(kind, left + (k + 0.5) * wide, top + (i + 0.5) * high);
      return [node('path', { d, ...oddPaint(kind, ink.ground) })];
    }),
  );
  return marks.length === 0 ? [] : [group('not drawn', {}, ...marks)];
}

/** Numbers in the cells, in the first form that fits all. */
function cellNotes({ cells, scale, notes }: Cells, { left, top }: Frame, wide: number, high: number): SvgNode[] {
  if (cells.length * cells[0]!.length > MOST_NOTES) return [];
  const size = Math.min(FONT, Math.floor(high - 4));
  if (size < 8) return [];
  for (const note of notes) {
    const placed = cells.flatMap((row, i) =>
      row.flatMap((value, k) => {
        if (!isDrawn(value)) return [];
        const at = [left + (k + 0.5) * wide, top + (i + 0.5) * high] as const;
        return [{ at, text: note(value, i, k), color: inkOn(scale.colors[scale.level(value)]!) }];
      }),
    );
    if (placed.some(({ text }) => guessWidth(text, size) > wide - 4)) continue;
    return [...new Set(placed.map(({ color }) => color))].sort().map((fill) =>
      texts(
        'numbers',
        placed.filter(({ color }) => color === fill),
        { size, fill, 'font-variant': 'tabular-nums' },
      ),
    );
  }
  return [];
}

function rowNames({ rows, high: block }: Cells, frame: Frame, high: number): SvgNode[] {
  const { left, top } = frame;
  const names = namesOf(rows, block);
  const placed = shownOf(rows, names, (rows.names === undefined ? 1.5 * LINE : LINE) / high).map(
    (i): PlacedText => ({ at: [left - 6, top + (i + 0.5) * high], text: shorten(names[i]!, left - LEFT, FONT) }),
  );
  const label = shorten(rows.label, frame.right, FONT);
  return [
    texts('row names', placed, { 'text-anchor': 'end' }),
    ...(label === '' ? [] : [texts('rows', [{ at: [16, top - 18], text: label }], { 'text-anchor': 'start' })]),
  ];
}

function columnNames({ columns, wide: block }: Cells, frame: Frame, wide: number, upright: number): SvgNode[] {
  const { left, right, bottom } = frame;
  const names = namesOf(columns, block);
  const isSparse = names.includes('');
  // Those with cells between them are level where all have room.
  const apart = upright > 0 ? LINE : isSparse ? 0 : widest(columns, block) + 6;
  const shown = shownOf(columns, names, apart / wide);
  const x = (i: number) => left + (i + 0.5) * wide;
  const label = shorten(columns.label, right - left + RIGHT, FONT);
  const below = upright > 0 ? Math.min(upright, widest(columns, block)) + 8 : 18;
  // Turned about the point where it ends.
  const turned = shown.map((i) =>
    node(
      'text',
      {
        transform: `translate(${round(x(i) + 4)},${round(bottom + 7)}) rotate(-90)`,
      },
      shorten(names[i]!, upright, FONT),
    ),
  );
  const level = shown.map((i): PlacedText => ({ at: [x(i), bottom + 12], text: names[i]! }));
  return [
    upright > 0 ? group('column names', { 'text-anchor': 'end' }, ...turned) : texts('column names', level),
    ...(label === '' ? [] : [texts('columns', [{ at: [(left + right) / 2, bottom + below + 8], text: label }])]),
  ];
}

/** Every how many cells a name stands, when `least` cells have room for one: of numbers round ones. */
function everyOf({ names }: Side, count: number, least: number): number {
  if (least <= 1) return 1;
  return names === undefined ? Math.max(Math.ceil(least), tickStep(count, count / least)) : Math.ceil(least);
}

/** The numbers of the cells by rows and columns. */
export function cellTable({ rows, columns, cells, high, wide }: Cells): Table {
  const nameOf = (names: readonly string[] | undefined, i: number, size: number, count: number) => {
    const [first, last] = [i * size, Math.min(count, (i + 1) * size) - 1].map((k) => names?.[k] ?? String(k));
    return size === 1 ? first! : `${first} … ${last}`;
  };
  return {
    columns: [rows.label, ...cells[0]!.map((_, k) => nameOf(columns.names, k, wide, columns.count))],
    rows: cells.map((row, i) => [nameOf(rows.names, i, high, rows.count), ...row.map(cellOf)]),
  };
}

/** Names of rows or columns, as many as there are; undefined where none are given. */
export function readNames(fn: string, name: string, names: unknown, count: number): string[] | undefined {
  if (names === undefined) return undefined;
  checkArray(fn, name, names);
  const read = Array.from(names as ArrayLike<unknown>);
  const ok = read.every((text) => typeof text === 'string');
  checkType(ok, `${fn}: ${name} must be strings`, names);
  checkRange(
    read.length === count,
    `${fn}: ${name} must have as many entries as the values have`,
    `${read.length} for ${count}`,
  );
  return read as string[];
}
