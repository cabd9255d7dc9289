import { leftMargin, xAxis, xGrid, yAxis, yGrid } from './axes.ts';
import { type Axis, makeAxis } from './axis.ts';
import { domainOf, nice, valueDomain } from './domain.ts';
import { baseline, cutLines, type Frame, frameIn, type Size, xAt, yAt } from './frame.ts';
import type { Hint } from './hints.ts';
import { fitRows, type OddMark, oddMarks } from './odd-marks.ts';
import type { AxisScale } from './ticks.ts';
import type { SvgNode } from './tree.ts';
import { isDrawn, type Value } from './values.ts';

/** A frame with its two axes: what a chart of x and y draws in. */
export interface Plane {
  readonly x: Axis;
  readonly y: Axis;
  readonly frame: Frame;
}

/** What one axis of a plane is to show. */
export interface AxisSpec {
  readonly label: string;
  readonly scale: AxisScale;
  /** What it spans if the caller said so: marks are cut off there. */
  readonly domain?: readonly [number, number] | undefined;
  /** Else it spans these; those that are not finite do not count. */
  readonly values: Iterable<number>;
  /** Whether it is widened to round numbers. @defaultValue true for y, false for x */
  readonly nice?: boolean;
  /** Whether these are values, of which an axis spans at least 5 %, or positions. @defaultValue true for y, false for x */
  readonly isValue?: boolean;
  /** Writes a number of it. @defaultValue as many digits as tell them apart */
  readonly format?: ((value: number) => string) | undefined;
  /** Whether it has 0 in it. @defaultValue false */
  readonly withZero?: boolean;
  /** Whether it counts: no number between whole ones stands along it. @defaultValue false */
  readonly whole?: boolean;
}

/** A plane and what is in it. */
export interface PlaneSpec {
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  /** Room at the right, in pixels. @defaultValue 24 */
  readonly right?: number;
  /** The marks, the last on top. */
  readonly draw: (plane: Plane) => SvgNode[];
  /** What cannot be drawn. */
  readonly odd?: (x: Axis) => readonly OddMark[];
  /** Marks that may stand outside of the frame, such as names: never cut off. */
  readonly over?: (plane: Plane) => SvgNode[];
}

/** Lays out a plane with grids, axes and names, draws in it, and marks what cannot be drawn. */
export function planeIn(size: Size, { x: xSpec, y: ySpec, right = 24, draw, odd, over }: PlaneSpec): SvgNode[] {
  const x = axisOf(xSpec, Math.max(3, Math.floor(size.width / 80)), false);
  const y = axisOf(ySpec, Math.max(3, Math.floor(size.height / 50)), true);
  const { marks, raise } = fitRows(odd?.(x) ?? [], size.height);
  const frame = frameIn(size, { left: leftMargin(y), right, top: 32 + raise, bottom: 46 });
  const plane: Plane = { x, y, frame };
  const drawn = draw(plane);
  const cut = xSpec.domain !== undefined || ySpec.domain !== undefined;
  return [
    yGrid(frame, y),
    xGrid(frame, x),
    baseline(frame),
    xAxis(frame, x, xSpec.label),
    yAxis(frame, y, ySpec.label, raise),
    ...(cut ? cutLines(frame, drawn) : drawn),
    ...(over?.(plane) ?? []),
    ...oddMarks(frame, marks),
  ];
}

function axisOf(spec: AxisSpec, count: number, usual: boolean): Axis {
  const { domain, values, scale, nice: widen, isValue = usual, withZero, format, whole } = spec;
  const ends = domain ?? (isValue ? valueDomain : domainOf)(values, scale, withZero);
  const shown = domain === undefined && (widen ?? usual) ? nice(ends, scale, count) : ends;
  return makeAxis(shown, scale, count, format, whole);
}

/** The x coordinate of a value in pixels, NaN where it is none. */
export const pixelX = ({ x, frame }: Plane, value: number): number => xAt(frame, x.place(value));

/** The y coordinate of a value in pixels, NaN where it is none. */
export const pixelY = ({ y, frame }: Plane, value: number): number => yAt(frame, y.place(value));

/** A text where a point is, if it is in the frame. */
export function hintAt({ x, y, frame }: Plane, position: Value, value: Value, text: string): Hint | undefined {
  if (!isDrawn(position) || !isDrawn(value)) return undefined;
  const [px, py] = [x.place(position), y.place(value)];
  const inside = px >= 0 && px <= 1 && py >= 0 && py <= 1;
  return inside ? [xAt(frame, px), yAt(frame, py), text] : undefined;
}
