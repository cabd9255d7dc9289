import { BASE } from './instance.ts';
import { room } from './room.ts';

/** Columns that assembly/panels.ts eliminates at a time. */
const WIDTH = 48;

const four = (n: number) => Math.ceil(n / 4) * 4;

/** The length of a padded row: rows a multiple of 512 bytes apart would share their places in a cache. */
const lineOf = (n: number) => (four(n) % 64 === 0 ? four(n) + 4 : four(n));

/** A matrix inside the kernels' memory, its rows `line` entries apart. */
interface Place {
  view: Float64Array;
  line: number;
}

function put({ view, line }: Place, a: Float64Array, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) view.set(a.subarray(i * cols, (i + 1) * cols), i * line);
}

function take({ view, line }: Place, a: Float64Array, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) a.set(view.subarray(i * line, i * line + cols), i * cols);
}

function padDiagonal({ view, line }: Place, from: number, to: number): void {
  for (let i = from; i < to; i++) view[i * line + i] = 1;
}

/** Kernels and zeroed places of the given sizes, with `more` entries after them at `end`. */
function layOut(sizes: readonly (readonly [rows: number, line: number])[], more: number) {
  const entries = sizes.reduce((sum, [rows, line]) => sum + rows * line, 0);
  const kernels = room(8 * (entries + more));
  if (!kernels) return null;
  let at = BASE;
  const places = sizes.map(([rows, line]) => {
    const view = new Float64Array(kernels.memory.buffer, at, rows * line).fill(0);
    at += view.byteLength;
    return { view, line };
  });
  return { kernels, places, end: at };
}

/** As `choleskyReference`; null where there are no kernels. */
export function choleskyByKernel(l: Float64Array, n: number): { row: number; pivot: number } | null {
  const size = four(n);
  const line = lineOf(n);
  const laid = layOut([[size, line]], size * WIDTH);
  if (!laid) return null;
  const { kernels, places, end } = laid;
  const place = places[0]!;
  put(place, l, n, n);
  padDiagonal(place, n, size);
  const row = kernels.cholesky(BASE, size, 8 * line, end);
  const pivot = row < n ? new Float64Array(kernels.memory.buffer, end, 1)[0]! : 1;
  for (let i = 0; i < n; i++) l.set(place.view.subarray(i * line, i * line + i + 1), i * n);
  return { row: Math.min(row, n), pivot };
}

/** As `luReference`, then the solution in place of b; returns n or the first column without a pivot, null without kernels. */
export function luByKernel(
  a: Float64Array,
  n: number,
  b: Float64Array,
  cols: number,
  order: Int32Array,
): number | null {
  const size = four(n);
  const line = lineOf(size + four(cols));
  const laid = layOut([[size, line]], (size + line) * WIDTH + size);
  if (!laid) return null;
  const { kernels, places, end } = laid;
  const place = places[0]!;
  const right = { view: place.view.subarray(size), line };
  put(place, a, n, n);
  put(right, b, n, cols);
  padDiagonal(place, n, size);
  const swaps = end + 8 * (size + line) * WIDTH;
  const done = kernels.lu(BASE, size, line, swaps, end);
  if (done < n) return done;
  kernels.solveUpper(BASE, size, 8 * line, BASE + 8 * size, line - size, 8 * line, end);
  take(place, a, n, n);
  take(right, b, n, cols);
  order.set(new Int32Array(kernels.memory.buffer, swaps, n));
  return n;
}

/** As `solveLowerReference` or `solveUpperReference`; false where there are no kernels. */
export function solveByKernel(
  name: 'solveLower' | 'solveUpper',
  t: Float64Array,
  n: number,
  b: Float64Array,
  cols: number,
): boolean {
  const size = four(n);
  const [line, lineB] = [lineOf(n), lineOf(cols)];
  const laid = layOut(
    [
      [size, line],
      [size, lineB],
    ],
    (size + lineB) * WIDTH,
  );
  if (!laid) return false;
  const { kernels, places, end } = laid;
  const [left, right] = places as [Place, Place];
  put(left, t, n, n);
  put(right, b, n, cols);
  padDiagonal(left, n, size);
  kernels[name](BASE, size, 8 * line, right.view.byteOffset, lineB, 8 * lineB, end);
  take(right, b, n, cols);
  return true;
}
