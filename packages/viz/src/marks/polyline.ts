import type { Corners, Point } from './path.ts';
import { isDrawn, type Value } from './values.ts';

/** Where a line has a corner without neighbors: nothing joins it to others. */
export function alone({ y }: Corners): number[] {
  const gap = (k: number) => Number.isNaN(y[k] ?? Number.NaN);
  return [...y.keys()].filter((k) => !gap(k) && gap(k - 1) && gap(k + 1));
}

/** Half pixels: finer steps than these nobody sees. */
export const PER_PIXEL = 2;

/** The points of a line as they were read. */
export interface Points {
  readonly x: readonly Value[];
  readonly y: readonly Value[];
}

/**
 * At most five corners for every half pixel: of the values within it the first, the lowest, the highest and the last, in
 * order, which give the same picture as all of them (M4; Jugel et al. 2014, https://doi.org/10.14778/2732951.2732953). Lines
 * with few corners are left alone.
 *
 * @param points - by ascending x; those that cannot be drawn break the line
 * @param width - of the plot in pixels
 * @param place - the place of an x along it, from 0 to 1
 */
export function thin({ x, y }: Points, width: number, place: (x: number) => number): Points {
  const columns = width * PER_PIXEL;
  if (x.length <= 5 * columns) return { x, y };
  const columnOf = (i: number) => Math.floor(place(x[i]!) * columns);
  const kept = { x: [] as number[], y: [] as number[] };
  const push = (i: number) => {
    kept.x.push(x[i]!);
    kept.y.push(y[i]!);
  };
  const gap = (i: number) => !isDrawn(x[i]) || !isDrawn(y[i]);
  for (let i = 0; i < x.length; i++) {
    if (gap(i)) continue;
    const column = columnOf(i);
    if (kept.x.length > 0 && gap(i - 1)) {
      kept.x.push(Number.NaN);
      kept.y.push(Number.NaN);
    }
    let last = i;
    let low = i;
    let high = i;
    for (let k = i; k < x.length && (gap(k) || columnOf(k) === column); k++) {
      if (gap(k)) continue;
      if (y[k]! < y[low]!) low = k;
      if (y[k]! > y[high]!) high = k;
      last = k;
    }
    for (const k of new Set([i, Math.min(low, high), Math.max(low, high), last])) push(k);
    i = last;
  }
  return kept;
}

/** A line is cut one length of the axis outside of the drawing, where the clip path hides the cut. */
export const NEAR = -1;
/** The other end of what is drawn. */
export const FAR = 2;

/** Cuts a line at the borders of its surroundings, so that no coordinate is far outside the drawing. */
export function clip(corners: Corners): Corners {
  const { x, y } = corners;
  const inside = (i: number) => [x[i]!, y[i]!].every((place) => Number.isNaN(place) || (place >= NEAR && place <= FAR));
  if (x.every((_, i) => inside(i))) return corners;
  const kept = { x: [] as number[], y: [] as number[] };
  const push = (px: number, py: number) => {
    if (px === kept.x.at(-1) && py === kept.y.at(-1)) return;
    kept.x.push(px);
    kept.y.push(py);
  };
  const gap = (i: number) => !(i >= 0 && i < x.length) || Number.isNaN(x[i]!) || Number.isNaN(y[i]!);
  for (let i = 0; i < x.length; i++) {
    if (gap(i)) push(Number.NaN, Number.NaN);
    else if (gap(i - 1) && gap(i + 1) && inside(i)) push(x[i]!, y[i]!);
    if (gap(i) || gap(i + 1)) continue;
    const piece = cut([x[i]!, y[i]!], [x[i + 1]!, y[i + 1]!]);
    if (piece === undefined) continue;
    if (kept.x.length > 0 && (kept.x.at(-1) !== piece[0][0] || kept.y.at(-1) !== piece[0][1]))
      push(Number.NaN, Number.NaN);
    for (const [px, py] of piece) push(px, py);
  }
  return kept;
}

/** The part of a segment within the borders (Liang and Barsky 1984), or undefined when there is none. */
function cut(from: Point, to: Point): [Point, Point] | undefined {
  const sides = ([0, 1] as const).map((k) => {
    const length = to[k] - from[k];
    const [enter, leave] = length > 0 ? [NEAR, FAR] : [FAR, NEAR];
    // A segment that stands still in this direction is inside from beginning to end, or never.
    const still = from[k] < NEAR || from[k] > FAR ? [1, 0] : [0, 1];
    const [start, end] = length === 0 ? still : [(enter - from[k]) / length, (leave - from[k]) / length];
    return { enter, leave, start: start!, end: end! };
  });
  const start = Math.max(0, ...sides.map((side) => side.start));
  const end = Math.min(1, ...sides.map((side) => side.end));
  if (start > end) return undefined;
  // Where a border cuts, the place is that of the border: far ends have no digits left for it.
  const at = (t: number, k: 0 | 1, border: 'start' | 'end') => {
    const side = sides[k]!;
    const outer = border === 'start' ? from[k] : to[k];
    if (t === side[border] && (outer < NEAR || outer > FAR)) return border === 'start' ? side.enter : side.leave;
    const place = t === 1 ? to[k] : from[k] + t * (to[k] - from[k]);
    return Math.min(FAR, Math.max(NEAR, place));
  };
  return [
    [at(start, 0, 'start'), at(start, 1, 'start')],
    [at(end, 0, 'end'), at(end, 1, 'end')],
  ];
}
