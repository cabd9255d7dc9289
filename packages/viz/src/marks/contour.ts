import { type Frame, xAt, yAt } from './frame.ts';
import { type Corners, linePath, type Point, ringPath } from './path.ts';

/** Values at the crossings of a grid, and where they stand in a frame. */
export interface Grid {
  /** Row by row. */
  readonly values: readonly number[];
  /** Places of the columns along the frame, ascending. */
  readonly x: readonly number[];
  /** Places of the rows, ascending: the first row is the lowest. */
  readonly y: readonly number[];
}

/**
 * Values with a number in every place: one that is not finite becomes the mean of its neighbors, from place to place until all are
 * filled, so that contours next to it are where they would be without it. Without any number all are 0.
 */
export function fillGaps(values: readonly number[], columns: number): number[] {
  const filled = [...values];
  let gaps = [...filled.keys()].filter((k) => !Number.isFinite(filled[k]));
  if (gaps.length === filled.length) return filled.fill(0);
  while (gaps.length > 0) {
    const before = [...filled];
    const meanAt = (k: number) => {
      const column = k % columns;
      const beside = [column > 0 ? k - 1 : -1, column < columns - 1 ? k + 1 : -1, k - columns, k + columns];
      const known = beside.map((at) => before[at] ?? Number.NaN).filter(Number.isFinite);
      return known.reduce((sum, value) => sum + value / known.length, known.length > 0 ? 0 : Number.NaN);
    };
    for (const k of gaps) filled[k] = meanAt(k);
    gaps = gaps.filter((k) => !Number.isFinite(filled[k]));
  }
  return filled;
}

/** A closed line by columns and rows of a grid, its first corner not repeated. */
export type Ring = readonly Point[];

/**
 * The outlines of what lies at a level or above it, holes in it among them, by marching squares with linear interpolation between
 * neighbors. Where only two opposite corners of a cell are above, they lie in outlines of their own.
 */
export function contourRings({ values, x, y }: Grid, level: number): Ring[] {
  // The grid with a border that is below every level, so that all outlines are closed.
  const wide = x.length + 2;
  const heights = new Float64Array(wide * (y.length + 2)).fill(Number.NEGATIVE_INFINITY);
  for (const [row] of y.entries())
    for (const [column] of x.entries()) heights[(row + 1) * wide + column + 1] = values[row * x.length + column]!;
  // Sides of cells: from place p to p + 1 is side 2p, from p to p + wide side 2p + 1. An outline comes to a side once and goes on once.
  const next = new Int32Array(2 * heights.length).fill(-1);
  const above = (p: number) => (heights[p]! >= level ? 1 : 0);
  for (let p = 0; p < heights.length - wide - 1; p++) {
    const cell = above(p) + 2 * above(p + 1) + 4 * above(p + wide + 1) + 8 * above(p + wide);
    if (cell % 15 === 0) continue;
    const sides = [2 * p, 2 * p + 3, 2 * (p + wide), 2 * p + 1];
    const isAbove = (corner: number) => (cell >> (corner & 3)) & 1;
    for (let k = 0; k < 4; k++) {
      if (!isAbove(k) || isAbove(k + 1)) continue;
      // From where the way around the cell leaves what is above to where it came in.
      let from = k + 3;
      while (isAbove(from)) from--;
      next[sides[k]!] = sides[from & 3]!;
    }
  }
  const pointOn = (side: number): Point => {
    const p = side >> 1;
    const [low, high] = [heights[p]!, heights[p + (side & 1 ? wide : 1)]!];
    const share = low === Number.NEGATIVE_INFINITY ? 1 : (level - low) / (high - low);
    const [column, row] = [(p % wide) - 1, Math.floor(p / wide) - 1];
    return side & 1 ? [column, row + share] : [column + share, row];
  };
  const rings: Point[][] = [];
  for (let side = 0; side < next.length; side++) {
    const ring: Point[] = [];
    for (let at = side; next[at]! >= 0; ) {
      ring.push(pointOn(at));
      const on = next[at]!;
      next[at] = -1;
      at = on;
    }
    if (ring.length > 0) rings.push(ring);
  }
  return rings;
}

/** What lies in rings, as the text of a path that is filled by the even-odd rule. */
export const ringArea = (frame: Frame, grid: Grid, rings: readonly Ring[]): string =>
  rings.map((ring) => ringPath(withoutMiddles(pixels(frame, grid, ring)))).join('');

/** Rings as the text of a path of lines, which leave out the border of the grid. */
export const ringLines = (frame: Frame, grid: Grid, rings: readonly Ring[]): string =>
  rings.map((ring) => linePath(inner(ring, pixels(frame, grid, ring), grid))).join('');

const pixels = (frame: Frame, { x, y }: Grid, ring: Ring) =>
  ring.map(([column, row]): Point => [xAt(frame, placeAt(x, column)), yAt(frame, placeAt(y, row))]);

/** The place at a position between columns or rows. */
function placeAt(places: readonly number[], position: number): number {
  const from = Math.min(places.length - 2, Math.floor(position));
  const share = position - from;
  return places[from]! * (1 - share) + places[from + 1]! * share;
}

/** A ring without corners that lie on the straight way along an axis between their neighbors. */
function withoutMiddles(ring: readonly Point[]): Point[] {
  const kept: Point[] = [];
  const straight = (a: Point, b: Point, c: Point) =>
    (a[0] === b[0] && b[0] === c[0]) || (a[1] === b[1] && b[1] === c[1]);
  for (const point of ring) {
    while (kept.length > 1 && straight(kept.at(-2)!, kept.at(-1)!, point)) kept.pop();
    kept.push(point);
  }
  while (kept.length > 2 && straight(kept.at(-2)!, kept.at(-1)!, kept[0]!)) kept.pop();
  while (kept.length > 2 && straight(kept.at(-1)!, kept[0]!, kept[1]!)) kept.shift();
  return kept;
}

/** The corners of a ring, broken where it runs along the border of the grid. */
function inner(ring: Ring, pixels: readonly Point[], { x, y }: Grid): Corners {
  const [right, top] = [x.length - 1, y.length - 1];
  const along = (a: Point, b: Point) =>
    (a[0] === b[0] && (a[0] === 0 || a[0] === right)) || (a[1] === b[1] && (a[1] === 0 || a[1] === top));
  const corners = { x: [] as number[], y: [] as number[] };
  const push = ([px, py]: Point) => {
    corners.x.push(px);
    corners.y.push(py);
  };
  // From corner to corner, the last and the first joined: a line begins behind each part of the border.
  for (let i = 0; i < ring.length; i++) {
    const next = (i + 1) % ring.length;
    if (along(ring[i]!, ring[next]!)) push([Number.NaN, Number.NaN]);
    else {
      if (i === 0 || Number.isNaN(corners.x.at(-1)!)) push(pixels[i]!);
      push(pixels[next]!);
    }
  }
  return corners;
}
