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
