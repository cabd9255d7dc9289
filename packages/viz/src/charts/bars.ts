import { xAxis, xGrid } from '../marks/axes.ts';
import { makeAxis } from '../marks/axis.ts';
import { ink, palette } from '../marks/colors.ts';
import { snug, valueDomain } from '../marks/domain.ts';
import type { FigureSpec } from '../marks/figure.ts';
import { type Frame, frameIn, type Size, xAt } from '../marks/frame.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { hints } from '../marks/hints.ts';
import { apartBy, countText, grouped, groupSize } from '../marks/many.ts';
import { placeNames, type RowNames, rowNames } from '../marks/rows.ts';
import { dot, group, halo, type PlacedText, rect, rule, texts } from '../marks/shapes.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import type { AxisScale } from '../marks/ticks.ts';
import type { SvgNode } from '../marks/tree.ts';
import { describeOdd, drawn, isDrawn, oddName, type Value } from '../marks/values.ts';
import { type Interval, intervalMarks } from './interval.ts';

/** Groups of horizontal bars (or dots), one group per name, one bar per label. */
export interface Bars {
  names: readonly string[];
  labels: readonly string[];
  /** `values[label][name]`: null where it is missing, undefined where there is none. */
  values: readonly (readonly (Value | undefined)[])[];
  mark: 'bar' | 'dot';
  scale: AxisScale;
  domain?: readonly [number, number] | undefined;
  xLabel: string;
  /** A value on the axis; left out, with as many digits as tell the ticks apart. */
  format?: ((value: number) => string) | undefined;
  /** The text beside a bar. */
  note: (value: number, name: number, label: number) => string;
  /** What the legend and the text alternative say about labels that are left out. */
  remarks?: readonly string[];
  /** Whether the bars of a name share one row: then no name has more than one. */
  together?: boolean;
  /** An interval for each name, drawn over its bar: of so many names that groups are drawn, none. */
  intervals?: readonly (Interval | undefined)[];
}

/** Bars as they are drawn: of too many names, groups. */
interface Shown extends Bars {
  /** `odd[label][name]`: what is not drawn there, in words, or empty. */
  odd: readonly (readonly string[])[];
  intervals: readonly (Interval | undefined)[];
  /** How many names make one. */
  size: number;
}

const BAR = 16;
const NOTE = 11;
// Of the width of a drawing, at the left and at the right.
const MOST_NOTES = 0.25;
const MOST_NAMES = 500;
const MOST_BARS = 1000;

/** What a chart of bars hands over: its legend, its height, its plot, and a sentence on what was drawn of too many. */
export function barParts(all: Bars): Pick<FigureSpec, 'legend' | 'plotHeight' | 'plot'> & { remark: string } {
  const bars = shownOf(all);
  const mark = bars.mark === 'dot' ? ('dot' as const) : ('square' as const);
  const entries: LegendEntry[] = bars.labels.map((name, i) => ({ name, mark, color: colorOf(i) }));
  const remarks = remarksOf(bars, all.names.length);
  const told = saidEntries(remarks);
  const legend = [...(bars.labels.length < 2 ? [] : entries), ...told];
  return {
    legend: legend.length === 0 ? undefined : { kind: 'names', entries: legend },
    plotHeight: (width) => layout(bars, width).total + 54,
    plot: (size) => plot(bars, size),
    remark: remarks.map((remark) => ` ${remark[0]!.toUpperCase()}${remark.slice(1)}.`).join(''),
  };
}

function remarksOf({ size, remarks = [], mark }: Shown, count: number): string[] {
  const groups = `each ${mark} is the largest in magnitude of up to ${countText(size)} of ${countText(count)}`;
  return [...(size > 1 ? [groups] : []), ...remarks];
}

function shownOf(bars: Bars): Shown {
  const size = groupSize(bars.names.length, Math.min(MOST_NAMES, Math.floor(MOST_BARS / bars.labels.length)));
  const kept = bars.values.map((column) => grouped(column, size).map(strongest));
  return {
    ...bars,
    names: grouped(bars.names, size).map((group) => (group.length === 1 ? group[0]! : `${group[0]} … ${group.at(-1)}`)),
    values: kept.map((column) => column.map(({ value }) => value)),
    odd: kept.map((column) => column.map(({ odd }) => odd)),
    note: (value, name, label) => bars.note(value, name * size + kept[label]![name]!.at, label),
    intervals: size === 1 ? (bars.intervals ?? []) : [],
    size,
  };
}

/** Of the values of a group the one of the largest magnitude, and in words those that cannot be drawn. */
function strongest(values: readonly (Value | undefined)[]): { value: number | undefined; at: number; odd: string } {
  let at = -1;
  values.forEach((value, i) => {
    if (isDrawn(value) && (at < 0 || Math.abs(value) > Math.abs(values[at]!))) at = i;
  });
  const only = values.length === 1 && values[0] !== undefined && !isDrawn(values[0]);
  return {
    value: at < 0 ? undefined : values[at]!,
    at: Math.max(at, 0),
    odd: only ? oddName(values[0]!) : describeOdd(values),
  };
}

// Names stand at the left of their bars, or above them where the drawing is too narrow for that. Notes of negative bars
// need room between the names and the bars.
function layout(bars: Shown, width: number) {
  const { above, at } = placeNames(bars.names, width);
  const negative = bars.mark === 'bar' ? cells(bars).filter(({ at }) => at < 0) : [];
  const widest = Math.ceil(negative.reduce((most, { note }) => Math.max(most, guessWidth(note, NOTE)), 0));
  const notes = Math.min(widest, width * MOST_NOTES);
  const rows = bars.mark === 'dot' || bars.together ? 1 : bars.labels.length;
  const head = above ? 18 : 0;
  const group = rows * BAR + head + 10;
  return { names: { above, at }, left: at + 8 + notes, group, head, total: group * bars.names.length };
}

/** Where things of a chart of bars stand, in pixels. */
interface Plane {
  /** The x coordinate of a value. */
  x: (value: number) => number;
  frame: Frame;
  /** The top of a group. */
  top: (name: number) => number;
  /** Pixels per pixel of the layout: other than 1 where the caller gave a height. */
  scale: number;
  head: number;
  names: RowNames;
  /** The width of the drawing. */
  width: number;
}

function plot(bars: Shown, size: Size): SvgNode[] {
  const { names, left, group: step, head, total } = layout(bars, size.width);
  const values = drawn([...bars.values.flat(), ...bars.intervals.flatMap((ends) => ends ?? [])]);
  const notes = bars.mark === 'bar' ? cells(bars).map(({ note }) => guessWidth(note, NOTE) + 10) : [24];
  const right = Math.ceil(notes.reduce((most, note) => Math.max(most, note), 24));
  const count = Math.max(2, Math.floor((size.width - left - right) / 70));
  const domain = bars.domain ?? snug(valueDomain(values, bars.scale, bars.mark === 'bar'), bars.scale, count);
  const axis = makeAxis(domain, bars.scale, count, bars.format);
  const frame = frameIn(size, { left, right, top: 8, bottom: 46 });
  const scale = (frame.bottom - frame.top) / total;
  const x = (value: number) => xAt(frame, axis.place(value));
  const { width } = size;
  const plane: Plane = { x, frame, names, width, top: (name) => frame.top + name * step * scale, scale, head };
  const beside = names.above ? 9 : (step - 10) / 2;
  const heights = bars.names.map((_, i) => plane.top(i) + beside * scale);
  return [
    xGrid(frame, axis),
    xAxis(frame, axis, bars.xLabel),
    ...(bars.mark === 'bar' ? [rule([x(0), frame.top], [x(0), frame.bottom], { stroke: ink.text })] : []),
    rowNames(names, bars.names, heights, size.width),
    ...(bars.mark === 'bar' ? barMarks(bars, plane) : dotMarks(bars, plane)),
  ];
}

interface Cell {
  name: number;
  label: number;
  /** Its value, or the foot of the bar that it cannot have. */
  at: number;
  /** Where its note stands: at its value, or at the end of its interval if that is further from 0. */
  reach: number;
  value: number | undefined;
  note: string;
  odd: boolean;
}

function cells(bars: Shown): Cell[] {
  return bars.names.flatMap((_, name) =>
    bars.values.flatMap((column, label): Cell[] => {
      const value = column[name];
      const odd = bars.odd[label]![name]!;
      const ends = drawn(bars.intervals[name] ?? []);
      if (!isDrawn(value)) {
        const reach = Math.max(0, ...ends);
        return odd === '' ? [] : [{ name, label, at: 0, reach, value: undefined, note: odd, odd: true }];
      }
      const reach = value < 0 ? Math.min(value, ...ends) : Math.max(value, ...ends);
      const note = `${bars.note(value, name, label)}${odd === '' ? '' : `; ${odd}`}`;
      return [{ name, label, at: value, reach, value, note, odd: odd !== '' }];
    }),
  );
}

/** What a pointer on it is told. */
const textOf = ({ names, labels }: Shown, { name, label, note }: Cell): string =>
  `${names[name]!}${labels.length > 1 ? `, ${labels[label]!}` : ''}: ${note}`;

/** A note with its share if that fits, as in `101 kB (25 %)`, else without, else cut. */
const fit = (note: string, room: number) =>
  guessWidth(note, NOTE) <= room ? note : shorten(note.replace(/ \([^)]*\)$/, ''), room, NOTE);

const colorOf = (label: number) => palette[label % palette.length]!;

function barMarks(bars: Shown, { x, top, head, scale, width, names }: Plane): SvgNode[] {
  const all = cells(bars);
  const room = (at: number, side: number) => (side > 0 ? width - at : at - (names.above ? 0 : names.at)) - 7;
  const y = ({ name, label }: Cell, below: number) =>
    top(name) + (head + (bars.together ? 0 : label * BAR) + below) * scale;
  const marks = bars.labels.map((_, label) => {
    const some = all.filter((cell) => cell.label === label && cell.value !== undefined);
    const shapes = some.map((cell) => rect([x(0), y(cell, 1)], [x(cell.at), y(cell, BAR - 1)]));
    return group('bars', { fill: colorOf(label) }, ...shapes);
  });
  const roomy = apartBy(all, (cell) => y(cell, BAR / 2), NOTE);
  const notes = [false, true].flatMap((odd) =>
    [1, -1].flatMap((side) => {
      const some = roomy.filter((cell) => cell.odd === odd && (cell.at < 0 ? -1 : 1) === side);
      if (some.length === 0) return [];
      const placed = some.flatMap((cell): PlacedText[] => {
        const at = x(cell.reach);
        const text = fit(cell.note, room(at, side));
        // Where not even dots have room, the table has the value.
        return guessWidth(text, NOTE) > room(at, side) ? [] : [{ at: [at + 5 * side, y(cell, BAR / 2)], text }];
      });
      const anchor = side > 0 ? 'start' : 'end';
      return [texts('notes', placed, { size: NOTE, 'text-anchor': anchor, fill: odd ? ink.wrong : undefined })];
    }),
  );
  const intervals = bars.intervals.flatMap((interval, name) => {
    const value = bars.values.map((column) => column[name]).find(isDrawn) ?? null;
    return intervalMarks(interval, value, (end) => [x(end ?? 0), top(name) + (head + BAR / 2) * scale]);
  });
  const lines =
    intervals.length === 0 ? [] : [group('intervals', { stroke: ink.text, 'stroke-width': 1.5 }, ...intervals)];
  const told = hints(all, (cell) => [x(cell.at), y(cell, BAR / 2), textOf(bars, cell)]);
  return [...marks, ...lines, ...notes, ...told];
}

function dotMarks(bars: Shown, { x, top, head, scale, frame, width }: Plane): SvgNode[] {
  const all = cells(bars);
  const { left, right } = frame;
  const middle = (name: number) => top(name) + (head + BAR / 2) * scale;
  const lines = bars.names.map((_, name) => rule([left, middle(name)], [right, middle(name)]));
  const dots = bars.labels.map((_, label) => {
    const some = all.filter((cell) => cell.label === label && cell.value !== undefined);
    const shapes = some.map(({ at, name }) => dot([x(at), middle(name)], 5));
    return group('dots', { fill: colorOf(label), stroke: ink.ground }, ...shapes);
  });
  // Dots of a name share a line: what of them is not drawn stands at its beginning.
  const odd = bars.names.map((_, name) => {
    const told = bars.odd.flatMap(({ [name]: text }, label) =>
      text === '' ? [] : [bars.labels.length < 2 ? text! : `${bars.labels[label]!}: ${text}`],
    );
    return told.join('; ');
  });
  const notes = [...odd.keys()].flatMap((name): PlacedText[] => {
    const text = shorten(odd[name]!, Math.min(ODD_ROOM, width - left - 8), NOTE);
    return odd[name] === '' ? [] : [{ at: [left + 6, middle(name)], text }];
  });
  const look = { size: NOTE, 'text-anchor': 'start', fill: ink.wrong, ...halo };
  return [
    group('leaders', { stroke: ink.leader, 'stroke-dasharray': '1 3' }, ...lines),
    ...dots,
    ...(notes.length > 0 ? [texts('notes', notes, look)] : []),
    ...hints(all, (cell) => [x(cell.at), middle(cell.name), textOf(bars, cell)]),
  ];
}

const ODD_ROOM = 240;
