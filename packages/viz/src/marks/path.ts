import { round } from './tree.ts';

/** A point in pixels, or in places along a frame. */
export type Point = readonly [x: number, y: number];

/** The corners of a line; NaN in either where it breaks. */
export interface Corners {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A line through corners as the text of a path. A corner without neighbors is a point, which round ends make visible. */
export function linePath({ x, y }: Corners): string {
  let d = '';
  let run = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]!) || Number.isNaN(y[i]!)) {
      if (run === 1) d += 'Z';
      run = 0;
    } else d += `${run++ === 0 ? 'M' : 'L'}${round(x[i]!)},${round(y[i]!)}`;
  }
  return run === 1 ? `${d}Z` : d;
}

/** A closed line as the text of a path. */
export function ringPath(ring: readonly Point[]): string {
  return ring.length === 0 ? '' : `M${ring.map(([x, y]) => `${round(x)},${round(y)}`).join('L')}Z`;
}

/** The areas between two lines over the same x, one for each run without NaN: along `to`, and back along `from`. */
export function areaRings(x: readonly number[], from: readonly number[], to: readonly number[]): Point[][] {
  const rings: Point[][] = [];
  let forth: Point[] = [];
  let back: Point[] = [];
  for (let i = 0; i <= x.length; i++) {
    // The place after the last is a gap as well.
    if (!Number.isNaN((x[i] ?? Number.NaN) + from[i]! + to[i]!)) {
      forth.push([x[i]!, to[i]!]);
      back.push([x[i]!, from[i]!]);
    } else if (forth.length > 0) {
      rings.push([...forth, ...back.reverse()]);
      forth = [];
      back = [];
    }
  }
  return rings;
}

/** The areas between two lines over the same x as the text of a path, one for each run without NaN. */
export const areaPath = (x: readonly number[], from: readonly number[], to: readonly number[]): string =>
  areaRings(x, from, to).map(ringPath).join('');
