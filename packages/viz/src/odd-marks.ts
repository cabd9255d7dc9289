import type { Markish, RenderFunction } from '@observablehq/plot';
import type { LegendEntry } from './header.ts';
import { kindOf, type OddKind, oddPaint, oddPath } from './odd-shape.ts';
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

/** Entries for a legend: every kind of value that is not drawn, with how often it occurs. */
export const oddEntries = (values: Iterable<Value | undefined>, mark?: 'square', color = '#333'): LegendEntry[] =>
  oddKinds(values).map(({ value, count }) => ({
    name: `${oddName(value)} (${count})`,
    mark: mark ?? kindOf(value),
    color,
  }));

/**
 * A Plot mark that shows where values are that cannot be drawn: above the plot, outside of it, where no mark can be taken for
 * a value; -Infinity at the lower edge.
 */
export function oddMarks(marks: readonly OddMark[]): Markish {
  const render: RenderFunction = (_index, scales, _values, { height, marginTop, marginBottom }, context) => {
    const x = scales.x as (place: number) => number;
    const create = (name: string) => context.document.createElementNS('http://www.w3.org/2000/svg', name);
    const group = create('g') as SVGElement;
    group.setAttribute('aria-label', 'not drawn');
    const paths = new Map<string, { kind: OddKind; color: string; d: string; last: number }>();
    for (const { place, value, color, row } of marks) {
      const kind = kindOf(value);
      const key = `${kind} ${row} ${color}`;
      const path = paths.get(key) ?? { kind, color, d: '', last: Number.NEGATIVE_INFINITY };
      paths.set(key, path);
      const at = Math.round(x(place) * 100) / 100;
      if (at < path.last + APART) continue;
      const y = kind === 'down' ? height - marginBottom - 6 - ROW * row : marginTop - 8 - ROW * row;
      path.d += oddPath(kind, at, y);
      path.last = at;
    }
    for (const { kind, color, d } of paths.values()) {
      const path = create('path');
      for (const [name, value] of Object.entries({ d, ...oddPaint(kind, color) }))
        path.setAttribute(name, String(value));
      group.append(path);
    }
    return group;
  };
  return render;
}

/** A Plot mark of crosses at the right of the plot, beside rows that lack something. */
export function rowCrosses(places: readonly number[], color: string): Markish {
  const render: RenderFunction = (_index, scales, _values, { width, marginRight }, context) => {
    const y = scales.y as (place: number) => number;
    const path = context.document.createElementNS('http://www.w3.org/2000/svg', 'path');
    let d = '';
    let last = Number.NEGATIVE_INFINITY;
    for (const place of places) {
      const at = Math.round(y(place) * 100) / 100;
      if (at < last + APART) continue;
      d += oddPath('cross', width - marginRight + 9, at);
      last = at;
    }
    const attributes = { 'aria-label': 'not in a bin', d, ...oddPaint('cross', color) };
    for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, String(value));
    return path;
  };
  return render;
}
