import { checkFinite, checkOptions, checkRange } from '../check.ts';
import { choleskyByKernel } from '../wasm/panels.ts';
import { checkEntries, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import type { MatrixShape } from './matrix-input.ts';

/**
 * Overwrites the lower triangle of l (n x n) with its Cholesky factor, row by row.
 *
 * @returns the first row whose pivot is not positive with that pivot; row n when there is none
 */
export function choleskyReference(l: Float64Array, n: number): { row: number; pivot: number } {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [p, q] = [i * n, j * n];
      let sum = l[p + j]!;
      for (let k = 0; k < j; k++) sum -= l[p + k]! * l[q + k]!;
      if (j < i) l[p + j] = sum / l[q + j]!;
      else if (sum > 0) l[p + j] = Math.sqrt(sum);
      else return { row: i, pivot: sum };
    }
  }
  return { row: n, pivot: 1 };
}

/** The lower triangle in float64, zeros above it; refuses what is not finite in it. */
function lowerOf(a: Floats, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) l.set(a.subarray(i * n, i * n + i + 1), i * n);
  checkFinite('cholesky', 'entries on and below the diagonal', 'a', l);
  return l;
}

/**
 * The Cholesky factor of a symmetric positive definite matrix: the lower triangular L with a positive diagonal and
 * L L' = A, in float64. Only the entries on and below the diagonal are read. The time is about rows^3 / 3
 * multiplications and additions.
 *
 * Backward stable: |L L' - A| is at most about (rows + 1) 1.2e-16 times sqrt(a[i][i] a[j][j]) in each entry, at any scale
 * and grading of the diagonal.
 *
 * Higham 2002, "Accuracy and Stability of Numerical Algorithms", chapter 10, https://doi.org/10.1137/1.9780898718027
 *
 * @param a - the entries in row-major order
 * @param shape - rows and cols, which are equal
 * @returns L in row-major order, zeros above the diagonal
 * @example
 * ```js
 * import { cholesky } from '@weightkit/numerics';
 * cholesky(Float64Array.of(4, 2, 2, 10), { rows: 2, cols: 2 }); // 2, 0, 1, 3
 * ```
 * @throws RangeError when a pivot is not positive, naming the first one, for a shape that does not fit and for a
 * non-finite entry on or below the diagonal
 */
export function cholesky(a: Floats, shape: MatrixShape): Float64Array {
  checkShapeObject('cholesky', shape, 'rows and cols');
  checkOptions('cholesky', shape, ['rows', 'cols']);
  const { rows, cols } = shape;
  checkSizes('cholesky', { rows, cols });
  checkRange(rows === cols, `cholesky: cols must be rows = ${rows}`, cols);
  checkEntries('cholesky', 'a', a, rows, cols, 'rows * cols');
  const l = lowerOf(a, rows);
  const { row, pivot } = choleskyByKernel(l, rows) ?? choleskyReference(l, rows);
  checkRange(
    row === rows,
    `cholesky: a must be positive definite (add to its diagonal), every pivot above 0 at row ${row}`,
    pivot,
  );
  return l;
}
