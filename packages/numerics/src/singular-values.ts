import { bidiagonalValues } from './bidiagonal-values.ts';
import { checkFinite, checkOptions, checkRange, checkType } from './check.ts';
import { checkFloats } from './check-floats.ts';
import { workbench } from './workbench.ts';

/** The shape of a matrix in row-major order. */
export interface MatrixShape {
  /** Number of rows, 0 or more. */
  rows: number;
  /** Number of columns, 0 or more. */
  cols: number;
}

/** Throws unless rows and cols are sizes of a matrix with fewer than 2^31 entries. */
export function checkShape(fn: string, rows: number, cols: number): void {
  const size = (n: number) => Number.isSafeInteger(n) && n >= 0;
  checkRange(size(rows), `${fn}: rows must be an integer of 0 or more`, rows);
  checkRange(size(cols), `${fn}: cols must be an integer of 0 or more`, cols);
  checkRange(rows * cols < 2 ** 31, `${fn}: rows * cols must be below 2^31`, rows * cols);
}

/** Writes a matrix times `scale`, transposed when it is wide. */
function writeTall(
  data: Float64Array,
  a: Float32Array | Float64Array,
  rows: number,
  cols: number,
  scale: number,
): void {
  if (rows >= cols) {
    for (let i = 0; i < a.length; i++) data[i] = a[i]! * scale;
    return;
  }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) data[j * rows + i] = a[i * cols + j]! * scale;
  }
}

function largestEntry(a: Float32Array | Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]!));
  return largest;
}

/**
 * The singular values of a matrix, descending: reflections to bidiagonal form (after a QR factorization when the
 * matrix is tall), then implicit QR iteration, all in float64. Values far below the largest are accurate to about
 * 1e-16 times the largest; the time is about 8/3 rows cols^2 operations.
 *
 * Golub and Kahan 1965, https://doi.org/10.1137/0702016; Demmel and Kahan 1990, https://doi.org/10.1137/0911052
 *
 * @param a - the entries in row-major order, any scale that float64 holds
 * @param shape - rows and cols, with rows * cols entries in all
 * @returns min(rows, cols) values
 * @example
 * ```js
 * import { singularValues } from '@weightkit/numerics';
 * singularValues(Float32Array.of(3, 0, 4, 5), { rows: 2, cols: 2 }); // sqrt(45), sqrt(5)
 * ```
 * @throws RangeError for a shape that does not fit and for a non-finite entry (naming its index)
 */
export function singularValues(a: Float32Array | Float64Array, shape: MatrixShape): Float64Array {
  checkFloats('singularValues', a);
  checkType(typeof shape === 'object' && shape !== null, 'singularValues: shape must have rows and cols', shape);
  checkOptions('singularValues', shape, ['rows', 'cols']);
  const { rows, cols } = shape;
  checkShape('singularValues', rows, cols);
  checkRange(a.length === rows * cols, `singularValues: a must have rows * cols = ${rows * cols} entries`, a.length);
  checkFinite('singularValues', 'entries', 'a', a);
  const largest = largestEntry(a);
  if (largest === 0) return new Float64Array(Math.min(rows, cols));
  const scale = 2 ** -Math.max(-1022, Math.min(1022, Math.floor(Math.log2(largest))));
  const tall = Math.max(rows, cols);
  const n = Math.min(rows, cols);
  const bench = workbench(tall, n);
  writeTall(bench.data, a, rows, cols, scale);
  const factorFirst = tall >= 1.6 * n;
  if (factorFirst) {
    bench.qr();
    for (let i = 1; i < n; i++) bench.data.fill(0, i * n, i * n + i);
  }
  const { d, e } = bench.bidiagonalize(factorFirst ? n : tall);
  return bidiagonalValues(d, e).map((value) => value / scale);
}
