/**
 * One number for each place and channel of a value, of one example. An axis of size 1 stands for equal numbers along it, so
 * that what is the same everywhere is one number.
 */
export interface Grid {
  dims: readonly number[];
  values: Float64Array;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The same number everywhere. */
export const uniform = (rank: number, value: number): Grid => ({
  dims: Array<number>(rank).fill(1),
  values: Float64Array.of(value),
});

/** The mean over all places and channels. */
export const meanOf = ({ values }: Grid): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Sizes before, along and after an axis. */
const around = (dims: readonly number[], axis: number): [number, number, number] => [
  product(dims.slice(0, axis)),
  dims[axis]!,
  product(dims.slice(axis + 1)),
];

/** Takes an axis for another: `f` gets what stands along it and gives what shall. */
export function alongAxis(grid: Grid, axis: number, size: number, f: (line: Float64Array) => ArrayLike<number>): Grid {
  const [outer, length, inner] = around(grid.dims, axis);
  const values = new Float64Array(outer * size * inner);
  const line = new Float64Array(length);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < length; k++) line[k] = grid.values[(o * length + k) * inner + i]!;
      const out = f(line);
      for (let k = 0; k < size; k++) values[(o * size + k) * inner + i] = out[k]!;
    }
  return { dims: grid.dims.map((d, i) => (i === axis ? size : d)), values };
}

/** An axis along which all is equal as one number. */
export function collapse(grid: Grid, axis: number): Grid {
  const [outer, length, inner] = around(grid.dims, axis);
  if (length <= 1) return grid;
  for (let o = 0; o < outer; o++)
    for (let k = 1; k < length; k++)
      for (let i = 0; i < inner; i++)
        if (grid.values[(o * length + k) * inner + i] !== grid.values[o * length * inner + i]) return grid;
  return alongAxis(grid, axis, 1, (line) => line);
}

/** All axes along which all is equal as one number each. */
export const collapsed = (grid: Grid): Grid => grid.dims.reduce((result, _, axis) => collapse(result, axis), grid);

/** The means along an axis. */
export const averaged = (grid: Grid, axis: number): Grid =>
  grid.dims[axis] === 1 ? grid : alongAxis(grid, axis, 1, (line) => [line.reduce((a, b) => a + b, 0) / line.length]);

/** An axis at its real size. */
export const expanded = (grid: Grid, axis: number, size: number): Grid =>
  grid.dims[axis] === size ? grid : alongAxis(grid, axis, size, (line) => new Float64Array(size).fill(line[0]!));

/** Number by number, with equal numbers repeated where another grid needs it. */
export function combine(grids: readonly Grid[], f: (...values: number[]) => number): Grid {
  const rank = grids[0]!.dims.length;
  const dims = Array.from({ length: rank }, (_, axis) => Math.max(...grids.map((grid) => grid.dims[axis]!)));
  const full = grids.map((grid) => dims.reduce((result, size, axis) => expanded(result, axis, size), grid).values);
  return {
    dims,
    values: Float64Array.from({ length: product(dims) }, (_, i) => f(...full.map((values) => values[i]!))),
  };
}

/** The same numbers in another shape of as many. */
export function reshaped(grid: Grid, from: readonly number[], to: readonly number[]): Grid {
  if (grid.values.length === 1) return uniform(to.length, grid.values[0]!);
  const full = from.reduce((result, size, axis) => expanded(result, axis, size), grid);
  return collapsed({ dims: [...to], values: full.values });
}

/** Axis i of the result is axis `order[i]`. */
export function permuted(grid: Grid, order: readonly number[]): Grid {
  const dims = order.map((axis) => grid.dims[axis]!);
  const strides = grid.dims.map((_, axis) => product(grid.dims.slice(axis + 1)));
  const values = Float64Array.from({ length: grid.values.length }, (_, index) => {
    let [rest, at] = [index, 0];
    for (let i = dims.length - 1; i >= 0; i--) {
      at += (rest % dims[i]!) * strides[order[i]!]!;
      rest = Math.floor(rest / dims[i]!);
    }
    return grid.values[at]!;
  });
  return { dims, values };
}

/** Grids one after the other along an axis, each with its real size there. */
export function joined(grids: readonly Grid[], axis: number, sizes: readonly number[]): Grid {
  const rank = grids[0]!.dims.length;
  const dims = Array.from({ length: rank }, (_, i) => Math.max(...grids.map((grid) => grid.dims[i]!)));
  const parts = grids.map((grid, k) =>
    dims.reduce((result, size, i) => expanded(result, i, i === axis ? sizes[k]! : size), grid),
  );
  const total = sizes.reduce((a, b) => a + b, 0);
  const [outer, , inner] = around(dims, axis);
  const values = new Float64Array(outer * total * inner);
  let start = 0;
  for (const [k, part] of parts.entries()) {
    const length = sizes[k]! * inner;
    for (let o = 0; o < outer; o++)
      values.set(part.values.subarray(o * length, (o + 1) * length), o * total * inner + start);
    start += length;
  }
  return collapse({ dims: dims.map((d, i) => (i === axis ? total : d)), values }, axis);
}

/** A part of an axis whose real size is given. */
export const sliced = (grid: Grid, axis: number, begin: number, length: number): Grid =>
  grid.dims[axis] === 1
    ? grid
    : collapse(
        alongAxis(grid, axis, length, (line) => line.subarray(begin, begin + length)),
        axis,
      );
