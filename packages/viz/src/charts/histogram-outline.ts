import { formatNumber } from '../marks/format.ts';
import { yAt } from '../marks/frame.ts';
import { hints, said } from '../marks/hints.ts';
import { type Plane, pixelX, pixelY } from '../marks/plane.ts';
import { area, polyline } from '../marks/shapes.ts';
import type { SvgNode } from '../marks/tree.ts';
import { isDrawn, type Value } from '../marks/values.ts';

/** The look of a histogram's line. */
export interface OutlineLook {
  color: string;
  dash?: string | undefined;
}

/** The y coordinate of a height, NaN where it has none and the line breaks. */
export const heightAt = (plane: Plane, height: Value): number => (isDrawn(height) ? pixelY(plane, height) : Number.NaN);

/** A histogram as a stepped line with a light area below it. */
export function outline(
  edges: Float64Array,
  heights: readonly Value[],
  plane: Plane,
  { color, dash }: OutlineLook,
): SvgNode[] {
  const { x, y } = corners(edges, heights, plane);
  const look = { stroke: color, 'stroke-width': 1.75, 'stroke-dasharray': dash };
  return [
    below({ x, y }, plane, { fill: color, 'fill-opacity': 0.12 }),
    polyline({ x, y }, { ...look, 'stroke-linecap': undefined, 'stroke-linejoin': undefined }),
  ];
}

/** What a pointer on the bins of a histogram is told. */
export const binHints = (name: string, edges: Float64Array, heights: readonly Value[], plane: Plane): SvgNode[] =>
  hints(heights, (height, i) => [
    (pixelX(plane, edges[i]!) + pixelX(plane, edges[i + 1]!)) / 2,
    isDrawn(height) ? pixelY(plane, height) : yAt(plane.frame, 0),
    `${name}${formatNumber(edges[i]!)} to ${formatNumber(edges[i + 1]!)}: ${said(height)}`,
  ]);

/** The area of a histogram between two places of its x axis. */
export function outlineArea(
  edges: Float64Array,
  heights: readonly Value[],
  [from, to]: readonly [number, number],
  plane: Plane,
  attributes: Readonly<Record<string, string | number>>,
): SvgNode[] {
  const bins = heights.flatMap((_, i) => (edges[i]! < to && edges[i + 1]! > from ? [i] : []));
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return [];
  const within = edges.slice(first, last + 2).map((edge) => Math.min(to, Math.max(from, edge)));
  return [below(corners(within, heights.slice(first, last + 1), plane), plane, attributes)];
}

function corners(edges: Float64Array, heights: readonly Value[], plane: Plane) {
  const ground = yAt(plane.frame, 0);
  return {
    x: Array.from(edges, (edge) => pixelX(plane, edge)).flatMap((at) => [at, at]),
    y: [ground, ...heights.map((height) => heightAt(plane, height)).flatMap((at) => [at, at]), ground],
  };
}

function below(
  { x, y }: ReturnType<typeof corners>,
  { frame }: Plane,
  attributes: Readonly<Record<string, string | number>>,
): SvgNode {
  const ground = yAt(frame, 0);
  return area(
    x,
    x.map(() => ground),
    y,
    attributes,
  );
}
