import { checkRange } from '@weightkit/numerics/check';
import { leftMargin, xAxis, yAxis } from '../marks/axes.ts';
import { makeAxis } from '../marks/axis.ts';
import { ink } from '../marks/colors.ts';
import type { Grid } from '../marks/contour.ts';
import { formatNumber } from '../marks/format.ts';
import { border, clipped, type Frame, frameIn, type Size, xAt, yAt } from '../marks/frame.ts';
import { cellHints } from '../marks/hints.ts';
import { countText, spread } from '../marks/many.ts';
import { checkArray, checkAscending } from '../marks/options.ts';
import type { Plane } from '../marks/plane.ts';
import type { Table } from '../marks/table.ts';
import type { Tensor } from '../marks/tensor.ts';
import { node, round, type SvgNode } from '../marks/tree.ts';
import { cellOf, endsOf, isDrawn, type Value } from '../marks/values.ts';

/** Where the values of a grid were measured. */
export interface GridPlaces {
  /** Positions of the columns, ascending, two or more. @defaultValue 0, 1, 2, ... */
  readonly x?: ArrayLike<number>;
  /** Positions of the rows, ascending, two or more: the first row is the lowest. @defaultValue 0, 1, 2, ... */
  readonly y?: ArrayLike<number>;
}

/** Positions of a grid, those of its columns and rows that are drawn. */
export interface Places {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Which columns and rows these are. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** What is said about those that are not drawn. */
  readonly remarks: readonly string[];
}

const MOST = 160;
// A contour of noise has a corner in nearly every cell, in 160 by 160 cells three megabytes: of what goes up and down so often, half as
// many rows and columns are drawn.
const MOST_OF_NOISE = 80;
const NOISE = 5000;

/** Reads the positions of a grid of values, the first dimensions of a tensor, and chooses which of many are drawn. */
export function readPlaces(fn: string, { x, y }: GridPlaces, { values, shape }: Tensor): Places {
  const [rows, columns, depth = 1] = shape as [number, number, number?];
  checkRange(rows > 1 && columns > 1, `${fn}: values must have 2 rows and 2 columns or more`, `${rows} x ${columns}`);
  const read = (name: 'x' | 'y', raw: ArrayLike<number> | undefined, count: number, what: string) => {
    if (raw === undefined) return Array.from({ length: count }, (_, i) => i);
    checkArray(fn, name, raw);
    checkRange(
      raw.length === count,
      `${fn}: ${name} must have as many entries as ${what}`,
      `${raw.length} ${name} and ${count} ${what}`,
    );
    checkAscending(fn, name, raw);
    return Array.from(raw);
  };
  const [allX, allY] = [read('x', x, columns, 'columns'), read('y', y, rows, 'rows')];
  const choose = (most: number) => ({ columns: spread(columns, most), rows: spread(rows, most) });
  let kept = choose(MOST);
  if (waysOf(kept, (row, column) => values[(row * columns + column) * depth]!) > NOISE) kept = choose(MOST_OF_NOISE);
  const remark = `${kept.rows.length} of ${countText(rows)} rows and ${kept.columns.length} of ${countText(columns)} columns are drawn`;
  return {
    x: kept.columns.map((i) => allX[i]!),
    y: kept.rows.map((i) => allY[i]!),
    ...kept,
    remarks: kept.rows.length < rows || kept.columns.length < columns ? [remark] : [],
  };
}

/** How far values of a grid go up and down along its rows and columns, in units of what all of them span. */
function waysOf(
  { rows, columns }: Pick<Places, 'rows' | 'columns'>,
  valueAt: (row: number, column: number) => Value,
): number {
  const [low = 0, high = 0] = endsOf(...rows.map((row) => columns.map((column) => valueAt(row, column))));
  let ways = 0;
  const go = (a: Value, b: Value) => {
    if (isDrawn(a) && isDrawn(b)) ways += Math.abs(a / 2 - b / 2);
  };
  for (const [i, row] of rows.entries())
    for (const [k, column] of columns.entries()) {
      const value = valueAt(row, column);
      if (i > 0) go(value, valueAt(rows[i - 1]!, column));
      if (k > 0) go(value, valueAt(row, columns[k - 1]!));
    }
  return ways / (high / 2 - low / 2 || 1);
}

/** A plane that a grid fills from border to border: what is drawn is cut off there, marks over it are not. */
export function gridPlane(
  size: Size,
  { x: columns, y: rows }: Places,
  labels: { xLabel: string; yLabel: string },
  draw: (plane: Plane) => SvgNode[],
  over: (plane: Plane) => SvgNode[],
): SvgNode[] {
  const x = makeAxis([columns[0]!, columns.at(-1)!], 'linear', Math.max(2, Math.floor(size.width / 80)));
  const y = makeAxis([rows[0]!, rows.at(-1)!], 'linear', Math.max(2, Math.floor(size.height / 50)));
  const frame = frameIn(size, { left: leftMargin(y), right: 24, top: 32, bottom: 46 });
  const plane = { x, y, frame };
  return [
    clipped(frame, draw(plane)),
    border(frame),
    xAxis(frame, x, labels.xLabel),
    yAxis(frame, y, labels.yLabel),
    ...over(plane),
  ];
}

/** Gray cells around places of a grid without a value. Nothing where there are none. */
export function oddCells(frame: Frame, { x, y }: Grid, values: readonly Value[]): SvgNode[] {
  const [across, up] = [x.map((place) => xAt(frame, place)), y.map((place) => yAt(frame, place))].map((places) =>
    edgesOf(places).map(round),
  ) as [number[], number[]];
  let d = '';
  for (let row = 0; row < y.length; row++) {
    for (let from = 0; from < x.length; ) {
      let to = from;
      while (to < x.length && !isDrawn(values[row * x.length + to])) to++;
      if (to > from) d += `M${across[from]},${up[row]}H${across[to]}V${up[row + 1]}H${across[from]}Z`;
      from = Math.max(to, from + 1);
    }
  }
  return d === '' ? [] : [node('path', { 'data-mark': 'no value', d, fill: ink.none })];
}

/** The values of a grid as a table, a row for each `y`. */
export function gridTable(
  { x, y }: Places,
  values: readonly Value[],
  { xLabel, yLabel }: { xLabel: string; yLabel: string },
): Table {
  return {
    columns: [`${yLabel} \\ ${xLabel}`, ...x.map((place) => formatNumber(place, 6))],
    rows: y.map((place, row) => [place, ...values.slice(row * x.length, (row + 1) * x.length).map(cellOf)]),
  };
}

/** The edges of cells around places: halfway to the neighbors, at the border the place itself. */
const edgesOf = (places: readonly number[]): number[] =>
  Array.from(
    { length: places.length + 1 },
    (_, i) => ((places[i - 1] ?? places[0]!) + (places[i] ?? places.at(-1)!)) / 2,
  );

/** What a pointer on the places of a grid is told. */
export function gridHints({ x, y }: Places, values: readonly Value[], { frame, ...axes }: Plane): SvgNode {
  // From the top row, the last.
  const down = [...y.keys()].reverse();
  const texts = (all: readonly number[]) => all.map((place) => formatNumber(place));
  return cellHints(
    down.map((row) => values.slice(row * x.length, (row + 1) * x.length)),
    {
      x: edgesOf(x.map((place) => xAt(frame, axes.x.place(place)))),
      y: edgesOf(down.map((row) => yAt(frame, axes.y.place(y[row]!)))),
      columns: texts(x),
      rows: texts(down.map((row) => y[row]!)),
      across: 1,
    },
  );
}
