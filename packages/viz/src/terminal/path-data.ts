import type { Point } from '../marks/path.ts';

/** A part of a path: its corners, and whether its end joins its start. */
export interface Subpath {
  readonly points: readonly Point[];
  readonly closed: boolean;
}

const STEPS = 16;

/**
 * The parts of a path of the commands that drawings have: `M L H V Z`, `h v l`, `c` for curves, and `a` for half circles, whose two
 * ends lie on a level line. Curves and arcs become corners.
 */
export function subpaths(d: string): Subpath[] {
  const parts: Subpath[] = [];
  let points: Point[] = [];
  let [x, y] = [0, 0];
  const end = (closed: boolean) => {
    if (points.length > 0) parts.push({ points, closed });
    points = [];
  };
  for (const [, command, list] of d.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const numbers = (list!.match(/-?[\d.]+(?:e[-+]?\d+)?/g) ?? []).map(Number);
    const [a = 0, b = 0] = numbers;
    if (command === 'Z') {
      const [start] = points;
      end(true);
      if (start) [x, y] = start;
      continue;
    }
    if (command === 'M') end(false);
    else if (points.length === 0) points.push([x, y]);
    if (command === 'a') {
      const [, , , , sweep = 0, dx = 0] = numbers;
      for (let i = 1; i < STEPS; i++) points.push(onHalf([x, y], dx, sweep, i / STEPS));
      x += dx;
    } else if (command === 'c') {
      const [, , c = 0, d = 0, dx = 0, dy = 0] = numbers;
      for (let i = 1; i < STEPS; i++) points.push([x + bezier(a, c, dx, i / STEPS), y + bezier(b, d, dy, i / STEPS)]);
      [x, y] = [x + dx, y + dy];
    } else if (command === 'H') x = a;
    else if (command === 'V') y = a;
    else if (command === 'h') x += a;
    else if (command === 'v') y += a;
    else if (command === 'l') [x, y] = [x + a, y + b];
    else [x, y] = [a, b];
    points.push([x, y]);
  }
  end(false);
  return parts;
}

/** A share of the way along a half circle from a point to one `dx` to its right. A sweep of 1 goes clockwise, as y points down. */
function onHalf([x, y]: Point, dx: number, sweep: number, share: number): Point {
  const radius = dx / 2;
  const turn = Math.PI * share;
  return [x + radius - radius * Math.cos(turn), y + (sweep ? -1 : 1) * radius * Math.sin(turn)];
}

/** A share of the way along a cubic curve from 0. */
const bezier = (a: number, b: number, end: number, t: number): number =>
  3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t ** 2 * b + t ** 3 * end;
