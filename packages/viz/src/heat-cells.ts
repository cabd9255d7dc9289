import type { Markish, RenderFunction } from '@observablehq/plot';

/**
 * A Plot mark that fills the cells of a grid: cell (row, bin) spans `edges[bin]` to `edges[bin + 1]` and row to row + 1.
 *
 * Neighbors of one level are one stroke, as thick as a row is high, and all strokes of a level are one path: a tenth of
 * the bytes of one rectangle per cell. Level 0 is the ground.
 */
export function heatCells(edges: Float64Array, levels: readonly number[][], colors: readonly string[]): Markish {
  const mark: RenderFunction = (_index, scales, _values, _dimensions, context) => {
    const x = scales.x as (value: number) => number;
    const y = scales.y as (value: number) => number;
    const create = (name: string) => context.document.createElementNS('http://www.w3.org/2000/svg', name);
    const group = create('g') as SVGElement;
    // Places are rounded to hundredths in the bytes: without an overlap, a line of ground can show between two rows.
    const thickness = y(1) - y(0) + 0.04;
    set(group, { 'aria-label': 'cells', fill: 'none', 'shape-rendering': 'crispEdges', 'stroke-width': thickness });
    const positions = Array.from(edges, (edge) => round(x(edge)));
    const ground = create('rect');
    const left = positions[0]!;
    const height = y(levels.length) - y(0);
    set(ground, { x: left, y: y(0), width: positions.at(-1)! - left, height, fill: colors[0]! });
    group.append(ground);
    colors.forEach((stroke, level) => {
      const d = level === 0 ? '' : strokes(levels, level, positions, y);
      if (d === '') return;
      const path = create('path');
      set(path, { d, stroke });
      group.append(path);
    });
    return group;
  };
  return mark;
}

const round = (value: number) => Number(value.toFixed(2));

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

function strokes(levels: readonly number[][], level: number, x: readonly number[], y: (row: number) => number): string {
  let d = '';
  levels.forEach((row, i) => {
    for (let from = 0; from < row.length; from++) {
      if (row[from] !== level) continue;
      let to = from + 1;
      while (to < row.length && row[to] === level) to++;
      d += `M${x[from]},${round(y(i + 0.5))}H${x[to]}`;
      from = to;
    }
  });
  return d;
}
