import * as Plot from '@observablehq/plot';
import { scaleOf, xAxis, xGrid } from './axes.ts';
import { type Axis, makeAxis } from './axis.ts';
import { palette } from './colors.ts';
import { domainOf, nice } from './domain.ts';
import type { FigureSpec } from './figure.ts';
import type { LegendEntry } from './header.ts';
import { countText, grouped, groupSize } from './many.ts';
import { guessWidth, shorten } from './text.ts';
import type { AxisScale } from './ticks.ts';
import { describeOdd, isDrawn, oddName, type Value } from './values.ts';

/** Groups of horizontal bars (or dots), one group per name, one bar per label. */
export interface Bars {
  names: readonly string[];
  labels: readonly string[];
  /** `values[name][label]`: null where it is missing, undefined where there is none. */
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
}

/** Bars as they are drawn: of too many names, groups. */
interface Shown extends Bars {
  /** `odd[name][label]`: what is not drawn there, in words, or empty. */
  odd: readonly (readonly string[])[];
  /** How many names make one. */
  size: number;
}

const FONT = 12;
const BAR = 16;
const NOTE = 11;
const ODD = '#a4161a';
const MOST_NAMES = 500;
const MOST_BARS = 1000;

/** What a chart of bars hands over: its legend, its height, its plot, and a sentence on what was drawn of too many. */
export function barParts(all: Bars): Pick<FigureSpec, 'legend' | 'plotHeight' | 'plot'> & { remark: string } {
  const bars = shownOf(all);
  const mark = bars.mark === 'dot' ? ('dot' as const) : ('square' as const);
  const entries: LegendEntry[] = bars.labels.map((name, i) => ({ name, mark, color: colorOf(i) }));
  const remarks = remarksOf(bars, all.names.length);
  const told = remarks.map((name) => ({ name, mark: 'none' as const, color: '#333' }));
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
  const groups = grouped([...bars.names.keys()], size);
  const kept = groups.map((group) =>
    bars.labels.map((_, label) => strongest(group.map((name) => bars.values[name]![label]))),
  );
  const nameOf = (group: number[]) => {
    const [first, last] = [bars.names[group[0]!]!, bars.names[group.at(-1)!]!];
    return group.length === 1 ? first : `${first} … ${last}`;
  };
  return {
    ...bars,
    names: groups.map(nameOf),
    values: kept.map((row) => row.map(({ value }) => value)),
    odd: kept.map((row) => row.map(({ odd }) => odd)),
    note: (value, name, label) => bars.note(value, groups[name]![kept[name]![label]!.at]!, label),
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
  const widest = bars.names.reduce((most, name) => Math.max(most, guessWidth(name, FONT)), 0);
  const above = widest > width * 0.36;
  const negative = bars.mark === 'bar' ? cells(bars).filter(({ at }) => at < 0) : [];
  const notes = Math.ceil(negative.reduce((most, { note }) => Math.max(most, guessWidth(note, NOTE)), 0));
  const rows = bars.mark === 'dot' ? 1 : bars.labels.length;
  const head = above ? 18 : 0;
  const group = rows * BAR + head + 10;
  const names = above ? 16 : Math.ceil(widest) + 16;
  return { above, names, left: names + 8 + notes, group, head, total: group * bars.names.length };
}

function plot(bars: Shown, size: { width: number; height: number }): Plot.PlotOptions {
  const { above, names: end, left, group, head, total } = layout(bars, size.width);
  const values = bars.values.flat().filter(isDrawn);
  const notes = bars.mark === 'bar' ? cells(bars).map(({ note }) => guessWidth(note, NOTE) + 10) : [24];
  const right = Math.ceil(notes.reduce((most, note) => Math.max(most, note), 24));
  const count = Math.max(2, Math.floor((size.width - left - right) / 70));
  const domain = bars.domain ?? nice(domainOf(values, bars.scale, bars.mark === 'bar'), bars.scale, count);
  const axis = makeAxis(domain, bars.scale, count, bars.format);
  const text = {
    fontSize: FONT,
    fill: '#333',
    stroke: '#fff',
    strokeWidth: 4,
    y: bars.names.map((_, i) => i * group + (above ? 9 : (group - 10) / 2)),
  };
  const names = bars.names.map((name) => (above ? shorten(name, size.width - 32, FONT) : name));
  return {
    marginLeft: left,
    marginRight: right,
    marginTop: 8,
    marginBottom: 46,
    x: scaleOf(),
    y: { type: 'linear', domain: [0, total], reverse: true, axis: null },
    marks: [
      xGrid(axis),
      xAxis(axis, bars.xLabel),
      ...(bars.mark === 'bar' ? [Plot.ruleX([axis.place(0)], { stroke: '#333' })] : []),
      Plot.text(names, {
        ...text,
        text: names,
        frameAnchor: 'left',
        textAnchor: above ? 'start' : 'end',
        dx: end - left,
      }),
      ...(bars.mark === 'bar' ? barMarks(bars, axis, group, head) : dotMarks(bars, axis, group, head)),
    ],
  };
}

interface Cell {
  name: number;
  label: number;
  /** Where its note stands: at its value, or at the foot of the bar that it cannot have. */
  at: number;
  value: number | undefined;
  note: string;
  odd: boolean;
}

function cells(bars: Shown): Cell[] {
  return bars.values.flatMap((row, name) =>
    row.flatMap((value, label): Cell[] => {
      const odd = bars.odd[name]![label]!;
      if (!isDrawn(value)) return odd === '' ? [] : [{ name, label, at: 0, value: undefined, note: odd, odd: true }];
      const note = `${bars.note(value, name, label)}${odd === '' ? '' : `; ${odd}`}`;
      return [{ name, label, at: value, value, note, odd: odd !== '' }];
    }),
  );
}

const colorOf = (label: number) => palette[label % palette.length]!;

function barMarks(bars: Shown, { place }: Axis, group: number, head: number): Plot.Markish[] {
  const all = cells(bars);
  const top = ({ name, label }: Cell) => name * group + head + label * BAR;
  const marks: Plot.Markish[] = bars.labels.map((_, label) => {
    const some = all.filter((cell) => cell.label === label && cell.value !== undefined);
    const ends = { y1: some.map((cell) => top(cell) + 1), y2: some.map((cell) => top(cell) + BAR - 1) };
    const bar = { x1: place(0), x2: some.map(({ at }) => place(at)), ...ends };
    return Plot.rect(some, { ...bar, fill: colorOf(label) });
  });
  const beside = (some: Cell[], anchor: 'start' | 'end', fill: string) =>
    Plot.text(some, {
      x: some.map(({ at }) => place(at)),
      y: some.map((cell) => top(cell) + BAR / 2),
      text: some.map(({ note }) => note),
      textAnchor: anchor,
      dx: anchor === 'start' ? 5 : -5,
      fontSize: NOTE,
      fill,
    });
  const right = all.filter(({ at, odd }) => at >= 0 && !odd);
  const left = all.filter(({ at, odd }) => at < 0 && !odd);
  const odd = all.filter((cell) => cell.odd);
  const texts = [
    ...(right.length > 0 || odd.length === 0 ? [beside(right, 'start', '#333')] : []),
    ...(left.length > 0 ? [beside(left, 'end', '#333')] : []),
    ...[odd.filter(({ at }) => at >= 0), odd.filter(({ at }) => at < 0)].flatMap((some, i) =>
      some.length > 0 ? [beside(some, i === 0 ? 'start' : 'end', ODD)] : [],
    ),
  ];
  return [...marks, ...texts];
}

function dotMarks(bars: Shown, { place }: Axis, group: number, head: number): Plot.Markish[] {
  const all = cells(bars);
  const middle = (name: number) => name * group + head + BAR / 2;
  const lines = Plot.ruleY(bars.names, {
    x1: 0,
    x2: 1,
    y: bars.names.map((_, name) => middle(name)),
    stroke: '#bbb',
    strokeDasharray: '1 3',
  });
  const dots = bars.labels.map((_, label) => {
    const some = all.filter((cell) => cell.label === label && cell.value !== undefined);
    const at = { x: some.map((cell) => place(cell.at)), y: some.map(({ name }) => middle(name)) };
    return Plot.dot(some, { ...at, r: 5, fill: colorOf(label), stroke: '#fff', strokeWidth: 1 });
  });
  // Dots of a name share a line: what of them is not drawn stands at its beginning.
  const odd = bars.odd.map((row) => {
    const told = row.flatMap((text, label) =>
      text === '' ? [] : [bars.labels.length < 2 ? text : `${bars.labels[label]!}: ${text}`],
    );
    return told.join('; ');
  });
  const named = [...odd.keys()].filter((name) => odd[name] !== '');
  const texts = Plot.text(named, {
    text: named.map((name) => shorten(odd[name]!, ODD_ROOM, NOTE)),
    x: 0,
    y: named.map(middle),
    textAnchor: 'start',
    dx: 6,
    fontSize: NOTE,
    fill: ODD,
    stroke: '#fff',
    strokeWidth: 4,
  });
  return [lines, ...dots, ...(named.length > 0 ? [texts] : [])];
}

const ODD_ROOM = 240;
