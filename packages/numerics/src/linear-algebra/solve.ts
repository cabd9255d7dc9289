import { checkOptions, checkRange } from '../check.ts';
import { checkMatrix, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import { equilibrate, scaleRight, unscaleSolution } from './equilibrate.ts';
import { columnNorm, inverseNorm, reciprocal, type Solver } from './inverse-norm.ts';
import { luInPlace } from './lu.ts';
import { checkSolution } from './solve-triangular.ts';

/** The shapes of {@link solve}. */
export interface SolveShape {
  /** Number of rows and columns of `a`, and of rows of `b`; 0 or more. */
  size: number;
  /**
   * Number of columns of `b`, 0 or more.
   * @defaultValue 1
   */
  cols?: number;
}

/** What {@link solve} gives. */
export interface Solution {
  /** The solution, size * cols entries in row-major order. */
  x: Float64Array;
  /**
   * An estimate of 1 / (norm(A) norm(A^-1)) in the norm of column sums, for A with its columns and rows brought to one
   * size: about -log10(rcond) of the 16 digits of `x` are lost. 0 to 1; 1 for an empty matrix.
   */
  rcond: number;
}

/** row i of t times x over [from, to). */
function rowTimes(t: Float64Array, n: number, i: number, x: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from, p = i * n + from; k < to; k++, p++) sum += t[p]! * x[k]!;
  return sum;
}

/** x over [from, to) -= f times row i of t. */
function subtractRow(
  t: Float64Array,
  n: number,
  i: number,
  x: Float64Array,
  f: number,
  from: number,
  to: number,
): void {
  for (let k = from, p = i * n + from; k < to; k++, p++) x[k] = x[k]! - f * t[p]!;
}

/** Solves with the factors that `luInPlace` leaves. */
function solverOf(lu: Float64Array, n: number, order: Int32Array): Solver {
  const swap = (x: Float64Array, j: number) => {
    const row = order[j]!;
    [x[j], x[row]] = [x[row]!, x[j]!];
  };
  return {
    solve(x) {
      for (let j = 0; j < n; j++) swap(x, j);
      for (let i = 0; i < n; i++) x[i] = x[i]! - rowTimes(lu, n, i, x, 0, i);
      for (let i = n - 1; i >= 0; i--) x[i] = (x[i]! - rowTimes(lu, n, i, x, i + 1, n)) / lu[i * n + i]!;
    },
    solveTransposed(x) {
      for (let i = 0; i < n; i++) {
        x[i] = x[i]! / lu[i * n + i]!;
        subtractRow(lu, n, i, x, x[i]!, i + 1, n);
      }
      for (let i = n - 1; i >= 0; i--) subtractRow(lu, n, i, x, x[i]!, 0, i);
      for (let j = n - 1; j >= 0; j--) swap(x, j);
    },
  };
}

/**
 * The solution X of A X = B for a square A, by LU with partial pivoting in float64, and an estimate of the condition that
 * says how many of its digits hold. Columns and rows are brought to one size by powers of two first, so that graded
 * systems neither overflow nor lose to their scale. The time is about 2/3 size^3 operations.
 *
 * Only an exact 0 where a pivot should be is an error; a matrix that is singular but for rounding has an rcond near or
 * below 1e-16, and then x is one of many.
 *
 * Golub and Van Loan 2013, "Matrix Computations", section 3.4; Higham 1988, https://doi.org/10.1145/50063.214386
 *
 * @param a - size * size entries in row-major order
 * @param b - size * cols entries in row-major order
 * @param shape - size and cols
 * @example
 * ```js
 * import { solve } from '@weightkit/numerics';
 * solve(Float64Array.of(0, 2, 1, 1), Float64Array.of(4, 5), { size: 2 }).x; // 3, 2
 * ```
 * @throws RangeError for a singular matrix, naming the column without a pivot, for a solution beyond float64, for a
 * non-finite entry and for shapes that do not fit
 */
export function solve(a: Floats, b: Floats, shape: SolveShape): Solution {
  checkShapeObject('solve', shape, 'size');
  checkOptions('solve', shape, ['size', 'cols']);
  const { size, cols = 1 } = shape;
  checkSizes('solve', { size, cols });
  checkMatrix('solve', 'a', a, size, size, 'size * size');
  checkMatrix('solve', 'b', b, size, cols, 'size * cols');
  if (size === 0) return { x: new Float64Array(0), rcond: 1 };
  const lu = new Float64Array(a);
  const x = new Float64Array(b);
  const scales = equilibrate(lu, size);
  const down = scaleRight(x, scales.rows, cols);
  const norm = columnNorm(lu, size);
  const order = new Int32Array(size);
  const done = luInPlace(lu, size, x, cols, order);
  checkRange(done === size, `solve: a must be invertible, with a pivot that is not 0 in column ${done}`, 0);
  unscaleSolution(x, scales.cols, down);
  checkSolution('solve', x, cols);
  return { x, rcond: reciprocal(norm, inverseNorm(size, solverOf(lu, size, order))) };
}
