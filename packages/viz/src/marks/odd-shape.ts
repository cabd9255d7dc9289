import { round } from './tree.ts';
import type { Value } from './values.ts';

/** The marks of what cannot be drawn. */
export type OddKind = 'cross' | 'up' | 'down' | 'ring';

/** The mark of a value: × for NaN, ▲ and ▼ for infinity, ○ for what is missing. */
export function kindOf(value: Value): OddKind {
  if (value === null) return 'ring';
  return value > 0 ? 'up' : value < 0 ? 'down' : 'cross';
}

/** The outline of a mark around a point; crosses and rings are strokes, triangles are filled. */
export function oddPath(kind: OddKind, x: number, y: number): string {
  const at = (dx: number, dy: number) => `${round(x + dx)},${round(y + dy)}`;
  if (kind === 'ring') return `M${at(-3, 0)}a3,3,0,1,0,6,0a3,3,0,1,0,-6,0`;
  if (kind === 'cross') return `M${at(-3.5, -3.5)}l7,7M${at(3.5, -3.5)}l-7,7`;
  const up = kind === 'up' ? 1 : -1;
  return `M${at(0, -4 * up)}L${at(4.5, 3.5 * up)}h-9Z`;
}

/** How a mark of a kind is painted. */
export const oddPaint = (kind: OddKind, color: string): Record<string, string | number> =>
  kind === 'up' || kind === 'down' ? { fill: color } : { fill: 'none', stroke: color, 'stroke-width': 1.75 };

/** The marks in the text of a path that {@link oddPath} wrote, with their middles. */
export function oddIn(d: string): { kind: OddKind; x: number; y: number }[] {
  const found: { kind: OddKind; x: number; y: number }[] = [];
  for (const [, left, top, rest] of d.matchAll(/M(-?[\d.]+),(-?[\d.]+)(a3,3|l7,7|L[^h]*h-9Z)/g)) {
    const [x, y] = [Number(left), Number(top)];
    if (rest === 'a3,3') found.push({ kind: 'ring', x: x + 3, y });
    else if (rest === 'l7,7') found.push({ kind: 'cross', x: x + 3.5, y: y + 3.5 });
    else {
      const foot = Number(/,(-?[\d.]+)h/.exec(rest!)![1]);
      found.push({ kind: foot > y ? 'up' : 'down', x, y: y + (foot > y ? 4 : -4) });
    }
  }
  return found;
}
