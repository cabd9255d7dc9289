import type { Axis } from './axis.ts';
import { ink } from './colors.ts';
import { type Frame, xAt, yAt } from './frame.ts';
import { FONT, group, type PlacedText, texts } from './shapes.ts';
import { guessWidth, shorten } from './text.ts';
import { type Attributes, node, round, type SvgNode } from './tree.ts';

/** Room at the left for the numbers of a y axis. */
export function leftMargin({ ticks, format }: Axis): number {
  return Math.ceil(Math.max(20, ...ticks.map((tick) => guessWidth(format(tick), FONT))) + 20);
}

const numbers: Attributes = { 'font-variant': 'tabular-nums' };

/** A text with its middle at x, moved and cut as far as needed to stay within `width`. */
function within(x: number, y: number, text: string, width = Number.POSITIVE_INFINITY): PlacedText {
  const cut = shorten(text, width - 2 * EDGE, FONT);
  const half = guessWidth(cut, FONT) / 2 + EDGE;
  return { at: [Math.max(half, Math.min(width - half, x)), y], text: cut };
}

const EDGE = 2;

/** Every text, or every second, third, ...: as many as do not touch. `near` says whether the second of two does. */
function spaced(all: readonly PlacedText[], near: (a: PlacedText, b: PlacedText) => boolean): PlacedText[] {
  const some = (every: number) => all.filter((_, i) => i % every === 0);
  let every = 1;
  while (every < all.length && some(every).some((text, i, kept) => i > 0 && near(kept[i - 1]!, text))) every++;
  return some(every);
}

// Digits are nearly as wide as guessed: 0.5 and 1 that touch would be 0.51.
const beside = (a: PlacedText, b: PlacedText) =>
  (guessWidth(a.text, FONT) + guessWidth(b.text, FONT)) / 2 + 3 > Math.abs(b.at[0] - a.at[0]);
const over = (a: PlacedText, b: PlacedText) => Math.abs(b.at[1] - a.at[1]) < FONT;

/** The x axis below a frame: its numbers, as many as have room, and, centered below them, its name. */
export function xAxis(frame: Frame, axis: Axis, label: string): SvgNode {
  const at = axis.ticks.map((tick) => xAt(frame, axis.place(tick)));
  const { left, right, bottom, width } = frame;
  const all = axis.ticks.map((tick, i) => within(at[i]!, bottom + 13, axis.format(tick), width));
  return group(
    'x-axis',
    {},
    node('path', { d: at.map((x) => `M${round(x)},${round(bottom)}v4`).join(''), stroke: ink.text, fill: 'none' }),
    texts('x-axis numbers', spaced(all, beside), numbers),
    texts('x-axis name', [within((left + right) / 2, bottom + 32, label, width)]),
  );
}

/** The y axis at the left of a frame: its numbers and its name, level, above them and in line with the title. */
export function yAxis(frame: Frame, axis: Axis, label: string, raise = 0): SvgNode {
  const { left, top, width = Number.POSITIVE_INFINITY } = frame;
  const room = width === Number.POSITIVE_INFINITY ? width : left - 6 - EDGE;
  const all = axis.ticks.map((tick): PlacedText => {
    const text = shorten(axis.format(tick), room, FONT);
    return { at: [left - 6, yAt(frame, axis.place(tick))], text };
  });
  return group(
    'y-axis',
    {},
    texts('y-axis numbers', spaced(all, over), { 'text-anchor': 'end', ...numbers }),
    texts('y-axis name', [{ at: [PAD, top - 20 - raise], text: shorten(label, width - 2 * PAD, FONT) }], {
      'text-anchor': 'start',
    }),
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
