import type { Markish, RenderFunction } from '@observablehq/plot';

/** The level of a cell that has no value. */
export const ODD_LEVEL = -1;

/**
 * A Plot mark that fills the cells of a grid: cell (row, bin) spans `edges[bin]` to `edges[bin + 1]`, places along the axis, and
 * the rows share its height.
 *
 * Neighbors of one level are one stroke, as thick as a row is high, and all strokes of a level are one path: a tenth of
 * the bytes of one rectangle per cell. Level 0 is the ground, {@link ODD_LEVEL} has a color of its own.
 */
export function heatCells(
  edges: readonly number[],
  levels: readonly number[][],
  colors: readonly string[],
  odd: string,
): Markish {
  const mark: RenderFunction = (_index, scales, _values, _dimensions, context) => {
    const x = scales.x as (value: number) => number;
    const along = scales.y as (place: number) => number;
    const y = (row: number) => along(row / levels.length);
    const create = (name: string) => context.document.createElementNS('http://www.w3.org/2000/svg', name);
    const group = create('g') as SVGElement;
    // Places are rounded to hundredths in the bytes: without an overlap, a line of ground can show between two rows.
    const thickness = y(1) - y(0) + 0.04;
    set(group, { 'aria-label': 'cells', fill: 'none', 'shape-rendering': 'crispEdges', 'stroke-width': thickness });
    const positions = edges.map((edge) => round(x(edge)));
    const ground = create('rect');
    const left = positions[0]!;
    const height = y(levels.length) - y(0);
    set(ground, { x: left, y: y(0), width: positions.at(-1)! - left, height, fill: colors[0]! });
    group.append(ground);
    const paths = strokes(levels, positions, y);
    for (const [level, stroke] of [...colors.entries(), [ODD_LEVEL, odd] as const]) {
      const d = paths.get(level);
      if (level === 0 || d === undefined) continue;
      const path = create('path');
      set(path, { d, stroke });
      group.append(path);
    }
    return group;
  };
  return mark;
}

const round = (value: number) => Number(value.toFixed(2));

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** The strokes of each level. */
function strokes(levels: readonly number[][], x: readonly number[], y: (row: number) => number): Map<number, string> {
  const paths = new Map<number, string>();
  levels.forEach((row, i) => {
    for (let from = 0; from < row.length; ) {
      const level = row[from]!;
      let to = from + 1;
      while (to < row.length && row[to] === level) to++;
      paths.set(level, `${paths.get(level) ?? ''}M${x[from]},${round(y(i + 0.5))}H${x[to]}`);
      from = to;
    }
  });
  return paths;
}
