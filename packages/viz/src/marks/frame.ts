import { ink } from './colors.ts';
import { rect, rule } from './shapes.ts';
import { node, type SvgNode } from './tree.ts';

/** The size of a plot with its margins, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels, y downward: where values are drawn. Axes and names stand around it. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** How wide the plot around it is: names and numbers stay within. @defaultValue as wide as they need */
  readonly width?: number;
}

/** Margins take no more than this share of a plot at its left. */
export const MOST_LEFT = 0.5;
/** And at its right. */
export const MOST_RIGHT = 0.35;

/** The rectangle that margins leave of a plot, never less than a pixel high. Where a plot is narrow, its margins are as well. */
export function frameIn({ width, height }: Size, margins: Frame): Frame {
  const { top } = margins;
  const left = Math.min(margins.left, width * MOST_LEFT);
  const right = width - Math.min(margins.right, width * MOST_RIGHT);
  return { left, right, top, bottom: Math.max(top + 1, height - margins.bottom), width };
}

/** The x coordinate of a place along the frame: 0 at its left, 1 at its right. */
export const xAt = ({ left, right }: Frame, place: number): number => left + place * (right - left);

/** The y coordinate of a place along the frame: 0 at its bottom, 1 at its top. */
export const yAt = ({ top, bottom }: Frame, place: number): number => bottom - place * (bottom - top);

/** A line along the bottom of the frame. */
export const baseline = ({ left, right, bottom }: Frame): SvgNode =>
  rule([left, bottom], [right, bottom], { 'data-mark': 'baseline', stroke: ink.axis });

/** A line around the frame. */
export const border = ({ left, right, top, bottom }: Frame): SvgNode =>
  rect([left, top], [right, bottom], { 'data-mark': 'border', fill: 'none', stroke: ink.axis });

/** What of the marks lies within the frame, or so many pixels around it. Each frame of a drawing that cuts needs an id of its own. */
export function clipped(
  { left, right, top, bottom }: Frame,
  marks: readonly SvgNode[],
  id = 'frame',
  around = 0,
): SvgNode {
  const inside = node('clipPath', { id }, rect([left - around, top - around], [right + around, bottom + around]));
  return node('g', { 'clip-path': `url(#${id})` }, inside, ...marks);
}

/** Lines within the frame: those along its border are whole, and so are dots, which are in it with their middles. */
export function cutLines(frame: Frame, marks: readonly SvgNode[], id?: string): SvgNode[] {
  const isDot = ({ attributes }: SvgNode) => attributes['data-mark'] === 'dot';
  const others = marks.filter((mark) => !isDot(mark));
  return [clipped(frame, others, id, 1), ...marks.filter(isDot)];
}
