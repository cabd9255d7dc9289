import type { Axis } from './axis.ts';
import { ink } from './colors.ts';
import { type Frame, xAt, yAt } from './frame.ts';
import { FONT, group, texts } from './shapes.ts';
import { guessWidth } from './text.ts';
import { type Attributes, node, round, type SvgNode } from './tree.ts';

/** Room at the left for the numbers of a y axis. */
export function leftMargin({ ticks, format }: Axis): number {
  return Math.ceil(Math.max(20, ...ticks.map((tick) => guessWidth(format(tick), FONT))) + 20);
}

const numbers: Attributes = { 'font-variant': 'tabular-nums' };

/** The x axis below a frame: its numbers and, centered below them, its name. */
export function xAxis(frame: Frame, axis: Axis, label: string): SvgNode {
  const at = axis.ticks.map((tick) => xAt(frame, axis.place(tick)));
  const { left, right, bottom } = frame;
  return group(
    'x-axis',
    {},
    node('path', { d: at.map((x) => `M${round(x)},${round(bottom)}v4`).join(''), stroke: ink.text, fill: 'none' }),
    texts(
      'x-axis numbers',
      axis.ticks.map((tick, i) => ({ at: [at[i]!, bottom + 13], text: axis.format(tick) })),
      numbers,
    ),
    texts('x-axis name', [{ at: [(left + right) / 2, bottom + 32], text: label }]),
  );
}

/** The y axis at the left of a frame: its numbers and its name, level, above them and in line with the title. */
export function yAxis(frame: Frame, axis: Axis, label: string, raise = 0): SvgNode {
  const { left, top } = frame;
  const places = axis.ticks.map((tick) => yAt(frame, axis.place(tick)));
  return group(
    'y-axis',
    {},
    texts(
      'y-axis numbers',
      axis.ticks.map((tick, i) => ({ at: [left - 6, places[i]!], text: axis.format(tick) })),
      { 'text-anchor': 'end', ...numbers },
    ),
    texts('y-axis name', [{ at: [PAD, top - 20 - raise], text: label }], { 'text-anchor': 'start' }),
  );
}

const PAD = 16;

const grid = (name: string, d: readonly string[]) =>
  node('path', { 'data-mark': name, d: d.join(''), stroke: ink.grid, fill: 'none' });

/** Light lines across the frame at the ticks of x. */
export const xGrid = (frame: Frame, { ticks, place }: Axis): SvgNode =>
  grid(
    'x-grid',
    ticks.map((tick) => `M${round(xAt(frame, place(tick)))},${round(frame.top)}V${round(frame.bottom)}`),
  );

/** Light lines across the frame at the ticks of y. */
export const yGrid = (frame: Frame, { ticks, place }: Axis): SvgNode =>
  grid(
    'y-grid',
    ticks.map((tick) => `M${round(frame.left)},${round(yAt(frame, place(tick)))}H${round(frame.right)}`),
  );
