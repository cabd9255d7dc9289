import { xAxis, xGrid } from '../marks/axes.ts';
import { makeAxis } from '../marks/axis.ts';
import { ink, palette } from '../marks/colors.ts';
import { snug, valueDomain } from '../marks/domain.ts';
import { frameIn, MOST_RIGHT, type Size, xAt } from '../marks/frame.ts';
import { hints, said } from '../marks/hints.ts';
import { apartBy } from '../marks/many.ts';
import { placeNames, rowNames } from '../marks/rows.ts';
import { dot, group, halo, type PlacedText, type Point, polyline, rule, texts } from '../marks/shapes.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import type { AxisScale } from '../marks/ticks.ts';
import type { SvgNode } from '../marks/tree.ts';
import { drawn, isDrawn, type Value } from '../marks/values.ts';
import { type Interval, intervalMarks } from './interval.ts';

/** A named row of two values that were read. */
export interface PairOfValues {
  name: string;
  from: Value;
  to: Value;
  interval: Interval | undefined;
}

/** How rows are drawn. */
export interface PairLook {
  xLabel: string;
  scale: AxisScale;
  domain?: readonly [number, number] | undefined;
  /** What the two values of a row are called. */
  from: string;
  to: string;
  /** What stands beside each row. */
  notes: readonly string[];
  /** Whether a line joins the first values of all rows. */
  flow?: boolean;
}

/** How far the values of a row are apart, -1 where one of them is not there: half of it, which never overflows. */
export const apart = (from: Value, to: Value) => (isDrawn(from) && isDrawn(to) ? Math.abs(to / 2 - from / 2) : -1);

/** Which pair of each group of `size` neighbors has values that are furthest apart. */
export const furthest = (count: number, size: number, apartAt: (i: number) => number): number[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, n) => {
    let [best, most] = [n * size, Number.NEGATIVE_INFINITY];
    for (let i = best; i < Math.min((n + 1) * size, count); i++) {
      const far = apartAt(i);
      if (far > most) [best, most] = [i, far];
    }
    return best;
  });

/** The color of the first value of a row, and of the second. */
export const FROM = palette[0]!;
export const TO = palette[1]!;
const ROW = 24;
const NOTE = 11;

function layout(rows: readonly PairOfValues[], width: number) {
  const names = placeNames(
    rows.map(({ name }) => name),
    width,
  );
  const head = names.above ? 16 : 0;
  const step = ROW + head;
  return { names, head, step, total: step * rows.length };
}

/** How high a plot of rows is. */
export const pairHeight = (rows: readonly PairOfValues[], width: number): number => layout(rows, width).total + 62;

/** Rows of two dots on one axis, with a note beside each. */
export function plotPairs(rows: readonly PairOfValues[], words: PairLook, size: Size): SvgNode[] {
  const { notes } = words;
  const { names, head, step, total } = layout(rows, size.width);
  const widest = Math.ceil(notes.reduce((most, note) => Math.max(most, guessWidth(note, NOTE)), 0));
  const left = names.at + 14;
  const right = Math.max(24, Math.min(widest + 26, (size.width - left) / 2, size.width * MOST_RIGHT));
  const count = Math.max(2, Math.floor((size.width - left - right) / 70));
  const values = rows.flatMap(({ from, to, interval }) => drawn([from, to, ...(interval ?? [])]));
  const domain = words.domain ?? snug(valueDomain(values, words.scale), words.scale, count);
  const axis = makeAxis(domain, words.scale, count);
  const frame = frameIn(size, { left, right, top: 8, bottom: 46 });
  const scale = (frame.bottom - frame.top) / total;
  const y = (i: number) => frame.top + (i * step + head + ROW / 2) * scale;
  const at = (value: Value, i: number): Point => [xAt(frame, axis.place(value ?? 0)), y(i)];
  const of = (draw: (row: PairOfValues, i: number) => SvgNode[]) => rows.flatMap(draw);
  const beside = names.above ? -head / 2 - ROW / 2 + 6 : 0;
  const note = (text: string, i: number): PlacedText => ({
    at: [frame.right + 14, y(i)],
    text: shorten(text, right - 16, NOTE),
  });
  return [
    xGrid(frame, axis),
    xAxis(frame, axis, words.xLabel),
    group(
      'leaders',
      { stroke: ink.leader, 'stroke-dasharray': '1 3' },
      ...of((_, i) => [rule([frame.left, y(i)], [frame.right, y(i)])]),
    ),
    rowNames(
      names,
      rows.map(({ name }) => name),
      rows.map((_, i) => y(i) + beside * scale),
      size.width,
    ),
    group(
      'pairs',
      { stroke: ink.axis, 'stroke-width': 3 },
      ...of(({ from, to }, i) => (isDrawn(from) && isDrawn(to) ? [rule(at(from, i), at(to, i))] : [])),
    ),
    group(
      'intervals',
      { stroke: TO, 'stroke-width': 1.5 },
      ...of(({ interval, to }, i) => intervalMarks(interval, to, (v) => at(v, i))),
    ),
    ...(words.flow ? [flowLine(rows, at)] : []),
    group(
      'from',
      { fill: FROM, stroke: ink.ground },
      ...of(({ from }, i) => (isDrawn(from) ? [dot(at(from, i), 6.5)] : [])),
    ),
    group('to', { fill: TO, stroke: ink.ground }, ...of(({ to }, i) => (isDrawn(to) ? [dot(at(to, i), 5)] : []))),
    texts(
      'notes',
      apartBy(notes.map(note), ({ at: [, height] }) => height, NOTE),
      { size: NOTE, 'text-anchor': 'start', ...halo },
    ),
    ...(['from', 'to'] as const).flatMap((end) =>
      hints(rows, ({ name, [end]: value }, i) =>
        isDrawn(value) ? [...at(value, i), `${name}, ${words[end]}: ${said(value)}`] : undefined,
      ),
    ),
  ];
}

/** A line through the first values of all rows, broken where one is not there. */
function flowLine(rows: readonly PairOfValues[], at: (value: Value, i: number) => Point): SvgNode {
  const points = rows.map(({ from }, i) => (isDrawn(from) ? at(from, i) : [Number.NaN, Number.NaN]));
  const corners = { x: points.map(([x]) => x!), y: points.map(([, y]) => y!) };
  return polyline(corners, { 'data-mark': 'flow', stroke: FROM, 'stroke-width': 1.5, 'stroke-opacity': 0.6 });
}
