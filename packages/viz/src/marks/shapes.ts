import { ink } from './colors.ts';
import { areaPath, type Corners, linePath, type Point } from './path.ts';
import { type Attributes, node, type SvgNode } from './tree.ts';

export type { Point } from './path.ts';

/** The size of all texts but titles and notes, in pixels. */
export const FONT = 12;

/** A named part of a drawing. The name is for programs and style sheets: a reader's label would need a role. */
export const group = (name: string, attributes: Attributes, ...children: readonly SvgNode[]): SvgNode =>
  node('g', { 'data-mark': name, ...attributes }, ...children);

/** A straight line. */
export const rule = ([x1, y1]: Point, [x2, y2]: Point, attributes: Attributes = {}): SvgNode =>
  node('line', { x1, y1, x2, y2, ...attributes });

/** A rectangle between two corners, whichever they are. */
export const rect = ([x1, y1]: Point, [x2, y2]: Point, attributes: Attributes = {}): SvgNode =>
  node('rect', {
    x: Math.min(x1, x2),
    y: Math.min(y1, y2),
    width: Math.abs(x2 - x1),
    height: Math.abs(y2 - y1),
    ...attributes,
  });

/** A circle. */
export const dot = ([cx, cy]: Point, r: number, attributes: Attributes = {}): SvgNode =>
  node('circle', { cx, cy, r, ...attributes });

/** A line through corners, broken at NaN. */
export const polyline = (corners: Corners, attributes: Attributes): SvgNode =>
  node('path', {
    'data-mark': 'line',
    d: linePath(corners),
    fill: 'none',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    ...attributes,
  });

/** The area between two lines over the same x, broken at NaN: a band, or what lies below a curve. */
export const area = (x: readonly number[], from: readonly number[], to: readonly number[], attributes: Attributes) =>
  node('path', { 'data-mark': 'area', d: areaPath(x, from, to), ...attributes });

/** A text whose middle has the height of `at`. */
export interface PlacedText {
  readonly at: Point;
  readonly text: string;
}

/** Texts of one look. Fonts differ from machine to machine: what stands above or below `at` is a usual font's. */
export function texts(
  name: string,
  items: readonly PlacedText[],
  { size = FONT, ...attributes }: Attributes & { readonly size?: number } = {},
): SvgNode {
  const all = items.map(({ at: [x, y], text }) => node('text', { x, y: y + MIDDLE * size }, text));
  return group(name, { 'font-size': size === FONT ? undefined : size, ...attributes }, ...all);
}

// Half the height of digits and capital letters, in ems.
const MIDDLE = 0.34;

/** A rim in the color of the ground, for text that stands on lines. */
export const halo: Attributes = {
  'paint-order': 'stroke',
  stroke: ink.ground,
  'stroke-linejoin': 'round',
  'stroke-width': 4,
};
