import { ink } from './colors.ts';
import { type Frame, MOST_RIGHT } from './frame.ts';
import { FONT, group, type PlacedText, texts } from './shapes.ts';
import { guessWidth, shorten } from './text.ts';
import { node, round, type SvgNode } from './tree.ts';

/**
 * Heights for labels that are at least `gap` apart, between `low` and `high`, as near to those they want as can be: the sum of the squares
 * of the ways they move is the least (isotonic regression by pooling of neighbors; Ayer et al. 1955). There must be room for all.
 *
 * @param wanted - heights in any order
 * @returns heights in the same order
 */
export function spreadLabels(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  // Without the gaps, which are fixed, heights must only not fall.
  const blocks: { sum: number; count: number }[] = [];
  order.forEach((label, i) => {
    let block = { sum: wanted[label]! - i * gap, count: 1 };
    const mean = ({ sum, count }: typeof block) => sum / count;
    while (blocks.length > 0 && mean(blocks.at(-1)!) > mean(block)) {
      const before = blocks.pop()!;
      block = { sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  });
  const heights = blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
  const top = high - (wanted.length - 1) * gap;
  const placed = new Array<number>(wanted.length);
  order.forEach((label, i) => {
    placed[label] = Math.min(top, Math.max(low, heights[i]!)) + i * gap;
  });
  return placed;
}

/** The name of a line at its right end. */
export interface EndLabel {
  readonly name: string;
  /** Where the line ends, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly color: string;
}

const GAP = 14;
const LEAD = 14;

/** Room for names at the right, in pixels: at most two fifths of a width. */
export function endRoom(names: readonly string[], width: number): number {
  const widest = names.reduce((most, name) => Math.max(most, guessWidth(name, FONT)), 0);
  return Math.floor(Math.min(Math.ceil(widest + LEAD + 12), width * MOST_RIGHT));
}

/** How many names have room beside a frame. */
export const labelsIn = ({ top, bottom }: Frame): number => Math.max(1, Math.floor((bottom - top) / GAP) + 1);

/** Names at the right of a frame, each joined to the end of its line. There must be room for all: {@link labelsIn}. */
export function endLabels(frame: Frame, labels: readonly EndLabel[], room: number): SvgNode[] {
  const { left, right, top, bottom } = frame;
  const near = labels.map(({ y }) => Math.min(bottom, Math.max(top, y)));
  const heights = spreadLabels(near, GAP, top, bottom);
  const leaders = labels.map(({ x, color }, i) =>
    node('path', {
      d: `M${round(Math.max(left, Math.min(x, right)))},${round(near[i]!)}H${round(right)}L${round(right + LEAD - 4)},${round(heights[i]!)}`,
      stroke: color,
    }),
  );
  const names = labels.map(
    ({ name }, i): PlacedText => ({ at: [right + LEAD, heights[i]!], text: shorten(name, room - LEAD - 4, FONT) }),
  );
  return [
    group('leaders', { fill: 'none', 'stroke-width': 1.25 }, ...leaders),
    texts('names', names, { 'text-anchor': 'start', fill: ink.text }),
  ];
}
