import * as Plot from '@observablehq/plot';
import { type AxisScale, domainOf, nice, ticksOf, xAxis, xGrid } from './axes.ts';
import { palette } from './colors.ts';
import type { FigureSpec } from './figure.ts';
import { guessWidth, shorten } from './text.ts';

/** Groups of horizontal bars (or dots), one group per name, one bar per label. */
export interface Bars {
  names: readonly string[];
  labels: readonly string[];
  /** `values[name][label]`; undefined where there is none. */
  values: readonly (readonly (number | undefined)[])[];
  mark: 'bar' | 'dot';
  scale: AxisScale;
  domain?: readonly [number, number] | undefined;
  xLabel: string;
  /** A value on the axis. */
  format: (value: number) => string;
  /** The text beside a bar. */
  note: (value: number, name: number, label: number) => string;
}

const FONT = 12;
const BAR = 16;
const NOTE = 11;

/** What a chart of bars hands over: its legend, its height and its plot. */
export function barParts(bars: Bars): Pick<FigureSpec, 'legend' | 'plotHeight' | 'plot'> {
  const mark = bars.mark === 'dot' ? ('dot' as const) : ('square' as const);
  const entries = bars.labels.map((name, i) => ({ name, mark, color: palette[i % palette.length]! }));
  return {
    legend: bars.labels.length < 2 ? undefined : { kind: 'names', entries },
    plotHeight: (width) => layout(bars, width).total + 54,
    plot: (size) => plot(bars, size),
  };
}

// Names stand at the left of their bars, or above them where the drawing is too narrow for that. Notes of negative bars
// need room between the names and the bars.
function layout(bars: Bars, width: number) {
  const widest = Math.max(...bars.names.map((name) => guessWidth(name, FONT)));
  const above = widest > width * 0.36;
  const negative = bars.mark === 'bar' ? cells(bars).filter(({ value }) => value < 0) : [];
  const notes = Math.ceil(Math.max(0, ...negative.map(({ note }) => guessWidth(note, NOTE))));
  const rows = bars.mark === 'dot' ? 1 : bars.labels.length;
  const head = above ? 18 : 0;
  const group = rows * BAR + head + 10;
  const names = above ? 16 : Math.ceil(widest) + 16;
  return { above, names, left: names + 8 + notes, group, head, total: group * bars.names.length };
}

function plot(bars: Bars, size: { width: number; height: number }): Plot.PlotOptions {
  const { above, names: end, left, group, head, total } = layout(bars, size.width);
  const values = bars.values.flat().filter((value) => value !== undefined);
  const notes = bars.mark === 'bar' ? cells(bars).map(({ note }) => guessWidth(note, NOTE) + 10) : [24];
  const right = Math.ceil(Math.max(24, ...notes));
  const count = Math.max(2, Math.floor((size.width - left - right) / 70));
  const domain = bars.domain ?? nice(domainOf(values, bars.scale, bars.mark === 'bar'), bars.scale, count);
  const ticks = ticksOf(domain, bars.scale, count);
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
    x: { type: bars.scale, domain: [...domain] },
    y: { type: 'linear', domain: [0, total], reverse: true, axis: null },
    marks: [
      xGrid(ticks),
      xAxis(ticks, bars.xLabel, bars.format),
      ...(bars.mark === 'bar' ? [Plot.ruleX([0], { stroke: '#333' })] : []),
      Plot.text(names, {
        ...text,
        text: names,
        frameAnchor: 'left',
        textAnchor: above ? 'start' : 'end',
        dx: end - left,
      }),
      ...(bars.mark === 'bar' ? barMarks(bars, group, head) : dotMarks(bars, group, head, domain)),
    ],
  };
}

function cells(bars: Bars) {
  return bars.values.flatMap((row, name) =>
    row.flatMap((value, label) =>
      value === undefined ? [] : [{ value, name, label, note: bars.note(value, name, label) }],
    ),
  );
}

const colorOf = (label: number) => palette[label % palette.length]!;

function barMarks(bars: Bars, group: number, head: number): Plot.Markish[] {
  const all = cells(bars);
  const top = ({ name, label }: { name: number; label: number }) => name * group + head + label * BAR;
  const marks: Plot.Markish[] = bars.labels.map((_, label) => {
    const some = all.filter((cell) => cell.label === label);
    const ends = { y1: some.map((cell) => top(cell) + 1), y2: some.map((cell) => top(cell) + BAR - 1) };
    return Plot.rect(some, { x1: 0, x2: some.map(({ value }) => value), ...ends, fill: colorOf(label) });
  });
  const beside = (some: typeof all, anchor: 'start' | 'end') =>
    Plot.text(some, {
      x: some.map(({ value }) => value),
      y: some.map((cell) => top(cell) + BAR / 2),
      text: some.map(({ note }) => note),
      textAnchor: anchor,
      dx: anchor === 'start' ? 5 : -5,
      fontSize: NOTE,
      fill: '#333',
    });
  const right = all.filter(({ value }) => value >= 0);
  const left = all.filter(({ value }) => value < 0);
  const texts = [beside(right, 'start'), ...(left.length > 0 ? [beside(left, 'end')] : [])];
  return [...marks, ...texts];
}

function dotMarks(bars: Bars, group: number, head: number, domain: readonly [number, number]): Plot.Markish[] {
  const all = cells(bars);
  const middle = (name: number) => name * group + head + BAR / 2;
  const lines = Plot.ruleY(bars.names, {
    x1: domain[0],
    x2: domain[1],
    y: bars.names.map((_, name) => middle(name)),
    stroke: '#bbb',
    strokeDasharray: '1 3',
  });
  const dots = bars.labels.map((_, label) => {
    const some = all.filter((cell) => cell.label === label);
    const at = { x: some.map(({ value }) => value), y: some.map(({ name }) => middle(name)) };
    return Plot.dot(some, { ...at, r: 5, fill: colorOf(label), stroke: '#fff', strokeWidth: 1 });
  });
  return [lines, ...dots];
}
