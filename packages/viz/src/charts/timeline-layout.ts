import { xAxis, xGrid } from '../marks/axes.ts';
import { makeAxis } from '../marks/axis.ts';
import { ink } from '../marks/colors.ts';
import { domainOf } from '../marks/domain.ts';
import { formatNumber } from '../marks/format.ts';
import { frameIn, type Size, xAt } from '../marks/frame.ts';
import { hints } from '../marks/hints.ts';
import { placeNames, rowNames } from '../marks/rows.ts';
import { dot, group, halo, type PlacedText, rect, rule, texts } from '../marks/shapes.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import type { SvgNode } from '../marks/tree.ts';

/** A span whose ends are known. */
export interface Span {
  name: string;
  from: number;
  to: number;
}

/** A lane as it is drawn. */
export interface TimelineLane {
  name: string;
  color: string;
  /** Spans with the row of the lane they stand in. */
  spans: readonly (Span & { row: number })[];
  /** How many rows those take. */
  rows: number;
  /** How many spans found no row of their own. */
  crowded: number;
  /** In order. */
  events: readonly Span[];
}

const ROW = 22;
const GAP = 8;
const NOTE = 11;
const MOST_ROWS = 12;
/** No name is cut to less than this. */
const LEAST_NAME = 44;

/**
 * Rows for spans so that none overlap in a row: each, in order of its begin, in the first row that is free. That takes as many rows as spans
 * overlap anywhere, and no way takes fewer (interval partitioning; Kleinberg and Tardos 2005, section 4.1).
 */
export function rowsOf(spans: readonly Span[]): Pick<TimelineLane, 'spans' | 'rows' | 'crowded'> {
  const ends: number[] = [];
  let crowded = 0;
  const placed = [...spans]
    .sort((a, b) => a.from - b.from || a.to - b.to)
    .map((span) => {
      const free = ends.findIndex((end) => end <= span.from);
      if (free < 0 && ends.length === MOST_ROWS) crowded++;
      const row = free >= 0 ? free : Math.min(ends.length, MOST_ROWS - 1);
      ends[row] = Math.max(ends[row] ?? span.to, span.to);
      return { ...span, row };
    });
  return { spans: placed, rows: ends.length, crowded };
}

const rowsIn = ({ rows, events }: TimelineLane) => Math.max(1, rows + (events.length > 0 ? 1 : 0));

function layout(lanes: readonly TimelineLane[], width: number) {
  const names = placeNames(
    lanes.map(({ name }) => name),
    width,
  );
  const head = names.above ? 16 : 0;
  const tops: number[] = [];
  let total = 0;
  for (const lane of lanes) {
    tops.push(total);
    total += head + rowsIn(lane) * ROW + GAP;
  }
  return { names, head, tops, total };
}

/** How high a plot of lanes is. */
export const timelineHeight = (lanes: readonly TimelineLane[], width: number): number =>
  layout(lanes, width).total + 62;

/** Draws lanes of spans and events over one axis. */
export function plotTimeline(
  lanes: readonly TimelineLane[],
  { domain, xLabel }: { domain: readonly [number, number] | undefined; xLabel: string },
  size: Size,
): SvgNode[] {
  const { names, head, tops, total } = layout(lanes, size.width);
  const count = Math.max(2, Math.floor((size.width - names.at - 38) / 80));
  const axis = makeAxis(domainOf(domain ?? [], 'linear'), 'linear', count);
  const frame = frameIn(size, { left: names.at + 10, right: 24, top: 8, bottom: 46 });
  const scale = (frame.bottom - frame.top) / total;
  const x = (value: number) => xAt(frame, axis.place(value));
  const y = (lane: number, below: number) => frame.top + (tops[lane]! + below) * scale;
  const lines = lanes.slice(1).map((_, i) => y(i + 1, -GAP / 2));
  return [
    xGrid(frame, axis),
    xAxis(frame, axis, xLabel),
    group('lanes', { stroke: ink.grid }, ...lines.map((at) => rule([frame.left, at], [frame.right, at]))),
    rowNames(
      names,
      lanes.map(({ name }) => name),
      lanes.map((lane, i) => y(i, names.above ? head / 2 : (rowsIn(lane) * ROW) / 2)),
      size.width,
    ),
    ...lanes.flatMap((lane, i) => {
      const first = head + (lane.events.length > 0 ? ROW : 0);
      return [
        ...spanMarks(lane, x, (row, below) => y(i, first + row * ROW + below)),
        ...eventMarks(lane, x, y(i, head + ROW / 2), frame.right),
      ];
    }),
  ];
}

function spanMarks(
  { spans, color }: TimelineLane,
  x: (value: number) => number,
  y: (row: number, below: number) => number,
): SvgNode[] {
  const bars = spans.map(({ from, to, row }) => {
    // What takes no time is seen as well.
    const [start, end] = [x(from), x(to)];
    return rect([start, y(row, 2)], [Math.max(end, start + 0.5), y(row, ROW - 2)]);
  });
  const names = spans.flatMap(({ name, from, to, row }): PlacedText[] => {
    const room = x(to) - x(from) - 6;
    const text = shorten(name, room, NOTE);
    const fits = guessWidth(text, NOTE) <= room && (text === name || room >= LEAST_NAME);
    return fits && text.trim() !== '' ? [{ at: [(x(from) + x(to)) / 2, y(row, ROW / 2)], text }] : [];
  });
  if (bars.length === 0) return [];
  return [
    group('spans', { fill: color, 'fill-opacity': 0.25, stroke: color }, ...bars),
    texts('span names', names, { size: NOTE }),
    ...hints(spans, ({ name, from, to, row }) => {
      const text = `${name === '' ? '' : `${name}: `}${formatNumber(from)} to ${formatNumber(to)}`;
      return [(x(from) + x(to)) / 2, y(row, ROW / 2), text];
    }),
  ];
}

/** Dots, and names at their right as far as the next dot. */
function eventMarks(
  { events, color }: TimelineLane,
  x: (value: number) => number,
  y: number,
  right: number,
): SvgNode[] {
  if (events.length === 0) return [];
  const names = events.flatMap(({ name, from }, i): PlacedText[] => {
    const next = events[i + 1];
    const room = (next === undefined ? right : x(next.from) - 6) - x(from) - 8;
    const text = shorten(name, room, NOTE);
    const fits = guessWidth(text, NOTE) <= room && (text === name || room >= LEAST_NAME);
    return fits && text.trim() !== '' ? [{ at: [x(from) + 7, y], text }] : [];
  });
  return [
    group('events', { fill: color, stroke: ink.ground }, ...events.map(({ from }) => dot([x(from), y], 4.5))),
    texts('event names', names, { size: NOTE, 'text-anchor': 'start', ...halo }),
    ...hints(events, ({ name, from }) => [x(from), y, `${name === '' ? '' : `${name}: `}${formatNumber(from)}`]),
  ];
}
