import { checkFinite, checkOptions, checkRange } from '../check.ts';
import { choleskyByKernel } from '../wasm/panels.ts';
import { checkEntries, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import { choleskyReference } from './cholesky.ts';
import type { MatrixShape } from './matrix-input.ts';
import { solveTriangular } from './solve-triangular.ts';

/** How many columns of an inverse are solved for at a time. */
const WIDTH = 128;

/** The inverse of an upper triangle: of each few columns only the rows down to their diagonal, which takes a third of the steps. */
function upperInverse(r: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let from = 0; from < n; from += WIDTH) {
    const size = Math.min(n, from + WIDTH);
    const cols = size - from;
    const leading = new Float64Array(size * size);
    for (let i = 0; i < size; i++) leading.set(r.subarray(i * n, i * n + size), i * size);
    const identity = new Float64Array(size * cols);
    for (let j = 0; j < cols; j++) identity[(from + j) * cols + j] = 1;
    const part = solveTriangular(leading, identity, { size, cols, lower: false });
    for (let i = 0; i < size; i++) inverse.set(part.subarray(i * cols, (i + 1) * cols), i * n + from);
  }
  return inverse;
}

/**
 * The upper triangular U with U' U = A⁻¹ and a positive diagonal, in float64, for a symmetric positive definite A. Row j of U, from j
 * on, is what the inverse without the first j rows and columns looks like, over the root of its first entry: what one-shot pruning and
 * quantization correct later weights by.
 *
 * A is factored backwards, A = R R' with an upper R, so that U = R⁻¹ takes one factorization and no inverse of A. Only the entries on
 * and above the diagonal are read. The time is about 2 rows^3 / 3 multiplications and additions.
 *
 * @param a - the entries in row-major order
 * @param shape - rows and cols, which are equal
 * @returns U in row-major order, zeros below the diagonal
 * @example
 * ```js
 * import { inverseFactor } from '@weightkit/numerics';
 * inverseFactor(Float64Array.of(0.25, 0, 0, 4), { rows: 2, cols: 2 }); // 2, 0, 0, 0.5
 * ```
 * @throws RangeError when A is not positive definite, for a shape that does not fit and for a non-finite entry on or above the diagonal
 */
export function inverseFactor(a: Floats, shape: MatrixShape): Float64Array {
  checkShapeObject('inverseFactor', shape, 'rows and cols');
  checkOptions('inverseFactor', shape, ['rows', 'cols']);
  const { rows: n, cols } = shape;
  checkSizes('inverseFactor', { rows: n, cols });
  checkRange(n === cols, `inverseFactor: cols must be rows = ${n}`, cols);
  checkEntries('inverseFactor', 'a', a, n, n, 'rows * cols');
  // Entry (i, j) of the reversed matrix is entry (n - 1 - i, n - 1 - j): all entries in reverse.
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) l[i * n + j] = a[n * n - 1 - i * n - j]!;
  checkFinite('inverseFactor', 'entries on and above the diagonal', 'a', l);
  const { row, pivot } = choleskyByKernel(l, n) ?? choleskyReference(l, n);
  checkRange(
    row === n,
    `inverseFactor: a must be positive definite (add to its diagonal), every pivot above 0 at row ${n - 1 - row}`,
    pivot,
  );
  return upperInverse(l.reverse(), n);
}
