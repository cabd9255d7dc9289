import { type Frame, xAt } from './frame.ts';
import { group, rect } from './shapes.ts';
import { node, round, type SvgNode } from './tree.ts';

/** The level of a cell that has no value. */
export const ODD_LEVEL = -1;

/**
 * Fills the cells of a grid: cell (row, bin) spans `edges[bin]` to `edges[bin + 1]`, places along the frame, and the rows, the
 * first at the top, share its height.
 *
 * Neighbors of one level are one stroke, as thick as a row is high, and all strokes of a level are one path: a tenth of
 * the bytes of one rectangle per cell. Level 0 is the ground, {@link ODD_LEVEL} has a color of its own.
 */
export function heatCells(
  frame: Frame,
  edges: readonly number[],
  levels: readonly number[][],
  colors: readonly string[],
  odd: string,
): SvgNode {
  const { top, bottom } = frame;
  const high = (bottom - top) / levels.length;
  const x = edges.map((edge) => xAt(frame, edge));
  const paths = strokes(levels, x, (row) => top + row * high);
  const painted = [...colors.entries(), [ODD_LEVEL, odd] as const].flatMap(([level, stroke]) => {
    const d = paths.get(level);
    return level === 0 || d === undefined ? [] : [node('path', { d, stroke })];
  });
  // Places are rounded to hundredths in the bytes: without an overlap, a line of ground can show between two rows.
  const look = { fill: 'none', 'shape-rendering': 'crispEdges', 'stroke-width': high + 0.04 };
  const ground = rect([x[0]!, top], [x.at(-1)!, bottom], { fill: colors[0]! });
  return group('cells', look, ground, ...painted);
}

/** The strokes of each level. */
function strokes(levels: readonly number[][], x: readonly number[], y: (row: number) => number): Map<number, string> {
  const paths = new Map<number, string>();
  levels.forEach((row, i) => {
    for (let from = 0; from < row.length; ) {
      const level = row[from]!;
      let to = from + 1;
      while (to < row.length && row[to] === level) to++;
      paths.set(level, `${paths.get(level) ?? ''}M${round(x[from]!)},${round(y(i + 0.5))}H${round(x[to]!)}`);
      from = to;
    }
  });
  return paths;
}
