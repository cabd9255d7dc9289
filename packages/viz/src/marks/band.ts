import type { Axis } from './axis.ts';
import { xAt, yAt } from './frame.ts';
import { areaRings, type Point, ringPath } from './path.ts';
import type { Plane } from './plane.ts';
import { alone, FAR, NEAR, PER_PIXEL } from './polyline.ts';
import { group, rule } from './shapes.ts';
import { node, type SvgNode } from './tree.ts';
import { isDrawn, type Value } from './values.ts';

/** A band as it was read: what lies between `low` and `high`; where one of the three cannot be drawn it breaks. */
export interface Band {
  readonly x: readonly Value[];
  readonly low: readonly Value[];
  readonly high: readonly Value[];
}

/** For every half pixel of a band one place: the lowest and the highest of all within it. Bands of few places are left alone. */
export function thinBand(band: Band, width: number, place: (x: number) => number): Band {
  const { x, low, high } = band;
  const columns = width * PER_PIXEL;
  if (x.length <= 2 * columns) return band;
  const kept = { x: [] as number[], low: [] as number[], high: [] as number[] };
  const push = (at: number, least: number, most: number) => {
    kept.x.push(at);
    kept.low.push(least);
    kept.high.push(most);
  };
  let column = Number.NaN;
  let gap = false;
  for (let i = 0; i < x.length; i++) {
    const [at, least, most] = [x[i]!, low[i]!, high[i]!];
    if (!isDrawn(at) || !isDrawn(least) || !isDrawn(most)) {
      gap = true;
      continue;
    }
    const here = Math.floor(place(at) * columns);
    const last = kept.x.length - 1;
    if (here === column) {
      if (least < kept.low[last]!) kept.low[last] = least;
      if (most > kept.high[last]!) kept.high[last] = most;
    } else {
      if (gap && last >= 0) push(Number.NaN, Number.NaN, Number.NaN);
      push(at, least, most);
      column = here;
    }
    gap = false;
  }
  return kept;
}

/** Draws a band in a plane; a place without neighbors is an upright line. */
export function bandMarks({ frame, ...axes }: Plane, band: Band, color: string): SvgNode[] {
  const kept = thinBand(band, frame.right - frame.left, axes.x.place);
  const placesOf = (axis: Axis, values: readonly Value[]) =>
    values.map((value) => (isDrawn(value) ? axis.place(value) : Number.NaN));
  const [x, low, high] = [placesOf(axes.x, kept.x), placesOf(axes.y, kept.low), placesOf(axes.y, kept.high)];
  const inPixels = ([px, py]: Point): Point => [xAt(frame, px), yAt(frame, py)];
  const d = areaRings(x, low, high)
    .map((ring) => ringPath(clipRing(ring).map(inPixels)))
    .join('');
  const lone = alone({ x, y: low.map((place, i) => place + high[i]! + x[i]!) });
  const near = (place: number) => Math.min(FAR, Math.max(NEAR, place));
  const lines = lone
    .filter((i) => near(x[i]!) === x[i])
    .map((i) => rule(inPixels([x[i]!, near(low[i]!)]), inPixels([x[i]!, near(high[i]!)])));
  const look = { stroke: color, 'stroke-opacity': BAND_OPACITY * 2, 'stroke-width': 5 };
  return [
    node('path', { 'data-mark': 'band', d, fill: color, 'fill-opacity': BAND_OPACITY }),
    ...(lines.length === 0 ? [] : [group('band', look, ...lines)]),
  ];
}

/** How much of its color a band shows: lines and other bands are seen through it. */
export const BAND_OPACITY = 0.22;

/**
 * Cuts a closed line at the borders of its surroundings, as `clip` does an open one (Sutherland and Hodgman 1974): the area in it
 * stays what it is within the drawing.
 */
export function clipRing(ring: readonly Point[]): readonly Point[] {
  const outside = (place: number) => place < NEAR || place > FAR;
  if (!ring.some((point) => point.some(outside))) return ring;
  let kept = ring;
  for (const k of [0, 1] as const) {
    for (const border of [NEAR, FAR]) kept = cutRing(kept, k, border);
  }
  return kept;
}

/** The part of a ring on the inner side of one border. */
function cutRing(ring: readonly Point[], k: 0 | 1, border: number): Point[] {
  const inside = (point: Point) => (border === NEAR ? point[k] >= NEAR : point[k] <= FAR);
  return ring.flatMap((to, i) => {
    const from = ring[(i + ring.length - 1) % ring.length]!;
    if (inside(from) === inside(to)) return inside(to) ? [to] : [];
    const share = (border - from[k]) / (to[k] - from[k]);
    const other = from[1 - k]! + share * (to[1 - k]! - from[1 - k]!);
    const crossing: Point = k === 0 ? [border, other] : [other, border];
    return inside(to) ? [crossing, to] : [crossing];
  });
}
