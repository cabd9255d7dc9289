import { ink } from './colors.ts';
import { type Frame, xAt, yAt } from './frame.ts';
import type { LegendEntry } from './header.ts';
import { kindOf, type OddKind, oddPaint, oddPath } from './odd-shape.ts';
import { group } from './shapes.ts';
import { node, type SvgNode } from './tree.ts';
import { oddKinds, oddName, type Value } from './values.ts';

/** A value that cannot be drawn: its place along the x axis, which value it is, and the row and color of its line. */
export interface OddMark {
  readonly place: number;
  readonly value: Value;
  readonly color: string;
  /** Marks of several lines stand in rows above each other, 0 being the lowest. */
  readonly row: number;
}

/** Pixels from row to row. */
export const ROW = 11;

const MOST_ROWS = 4;
// Marks nearer than this to one before of the same line and kind would only thicken it.
const APART = 8;

/** The row of the marks of the n-th line that has any. */
export const rowOf = (n: number): number => n % MOST_ROWS;

/** Marks in as many rows as a plot of a height has room for, and the pixels that rows above the first take. */
export function fitRows(marks: readonly OddMark[], height: number): { marks: OddMark[]; raise: number } {
  const top = Math.max(0, Math.floor((height - ROOMY) / ROW));
  const fitted = marks.map((mark) => (mark.row <= top ? mark : { ...mark, row: top }));
  return { marks: fitted, raise: ROW * fitted.reduce((most, { row }) => Math.max(most, row), 0) };
}

/** A plot of x and y this high has room for no more than one row. */
const ROOMY = 120;

/** Entries for a legend: every kind of value that is not drawn, with how often it occurs. */
export const oddEntries = (
  values: Iterable<Value | undefined>,
  mark?: 'square',
  color: string = ink.text,
): LegendEntry[] =>
  oddKinds(values).map(({ value, count }) => ({
    name: `${oddName(value)} (${count})`,
    mark: mark ?? kindOf(value),
    color,
  }));

/**
 * Shows where values are that cannot be drawn: above the frame, outside of it, where no mark can be taken for a value;
 * -Infinity at its lower edge. Nothing where there are none.
 */
export function oddMarks(frame: Frame, marks: readonly OddMark[]): SvgNode[] {
  const paths = new Map<string, { kind: OddKind; color: string; d: string; last: number }>();
  for (const { place, value, color, row } of marks) {
    const kind = kindOf(value);
    const key = `${kind} ${row} ${color}`;
    const path = paths.get(key) ?? { kind, color, d: '', last: Number.NEGATIVE_INFINITY };
    paths.set(key, path);
    const x = xAt(frame, place);
    if (x < path.last + APART) continue;
    path.d += oddPath(kind, x, (kind === 'down' ? frame.bottom - 6 : frame.top - 8) - ROW * row);
    path.last = x;
  }
  const shapes = [...paths.values()].map(({ kind, color, d }) => node('path', { d, ...oddPaint(kind, color) }));
  return shapes.length === 0 ? [] : [group('not drawn', {}, ...shapes)];
}

/** Crosses at the right of the frame, beside rows that lack something. Nothing where there are none. */
export function rowCrosses(frame: Frame, places: readonly number[], color: string): SvgNode[] {
  let d = '';
  let last = Number.NEGATIVE_INFINITY;
  for (const place of places) {
    const y = yAt(frame, place);
    if (y < last + APART) continue;
    d += oddPath('cross', frame.right + 9, y);
    last = y;
  }
  return d === '' ? [] : [node('path', { 'data-mark': 'not in a bin', d, ...oddPaint('cross', color) })];
}
