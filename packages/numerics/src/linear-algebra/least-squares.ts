import { checkFinite, checkOptions, checkRange } from '../check.ts';
import { timesPower } from '../rounding/power-of-two.ts';
import { checkMatrix, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import { scaleColumns, scaleRight, unscaleSolution } from './equilibrate.ts';
import { columnNorm, inverseNorm, reciprocal } from './inverse-norm.ts';
import { transpose } from './matrix-input.ts';
import { multiply } from './multiply.ts';
import { tallQR } from './qr.ts';
import type { Solution } from './solve.ts';
import { checkSolution } from './solve-triangular.ts';
import { solveInPlace, solveLowerReference, solveUpperReference } from './triangular.ts';

/** The shapes of {@link leastSquares}. */
export interface LeastSquaresShape {
  /** Number of rows of `a` and of `b`, `cols` or more. */
  rows: number;
  /** Number of columns of `a` and of rows of the solution, 0 or more. */
  cols: number;
  /**
   * Number of columns of `b` and of the solution, 0 or more.
   * @defaultValue 1
   */
  targets?: number;
}

/** What {@link leastSquares} gives: `x` has cols * targets entries, `rcond` is that of the matrix with columns of one size. */
export interface LeastSquares extends Solution {
  /** The norm of each column of A X - B. */
  residuals: Float64Array;
}

/** Throws unless the diagonal of R says that the columns are independent. */
function checkRank(r: Float64Array, rows: number, cols: number): void {
  let largest = 0;
  for (let j = 0; j < cols; j++) largest = Math.max(largest, r[j * cols + j]!);
  const least = rows * 2 ** -52 * largest;
  for (let j = 0; j < cols; j++)
    checkRange(
      r[j * cols + j]! > least,
      `leastSquares: a must have independent columns, with column ${j} at least ${least.toExponential(1)} off the span of those before it`,
      r[j * cols + j]!,
    );
}

function rcondOf(r: Float64Array, n: number): number {
  const turned = transpose(r, n, n);
  const inverse = inverseNorm(n, {
    solve: (x) => solveUpperReference(r, n, x, 1),
    solveTransposed: (x) => solveLowerReference(turned, n, x, 1),
  });
  return reciprocal(columnNorm(r, n), inverse);
}

/** The norms of the columns of b - q c. */
function residualNorms(q: Float64Array, c: Float64Array, b: Float64Array, rows: number, cols: number, targets: number) {
  const fit = multiply(q, c, rows, cols, targets);
  const squares = new Float64Array(targets);
  for (let p = 0; p < b.length; p++) squares[p % targets] = squares[p % targets]! + (b[p]! - fit[p]!) ** 2;
  return squares.map(Math.sqrt);
}

/**
 * The X for which the columns of A X - B are shortest, for a matrix with independent columns: R X = Q' B with the
 * factors of {@link qr}, in float64. The time is about 4 rows cols^2 operations.
 *
 * A column counts as dependent when its part outside the span of those before it is no longer than rows 2^-52 times the
 * longest such part, all columns brought to one size by powers of two. Among the many solutions that there are then none is chosen.
 *
 * Golub 1965, https://doi.org/10.1007/BF01436075
 *
 * @param a - rows * cols entries in row-major order
 * @param b - rows * targets entries in row-major order
 * @param shape - rows, cols and targets
 * @example
 * ```js
 * import { leastSquares } from '@weightkit/numerics';
 * const line = Float64Array.of(1, 0, 1, 1, 1, 2); // 1 and t at t = 0, 1, 2
 * leastSquares(line, Float64Array.of(1, 3, 5), { rows: 3, cols: 2 }).x; // 1, 2
 * ```
 * @throws RangeError for dependent columns, naming the first, for rows below cols, for a solution or residual beyond float64, for a
 * non-finite entry and for shapes that do not fit
 */
export function leastSquares(a: Floats, b: Floats, shape: LeastSquaresShape): LeastSquares {
  checkShapeObject('leastSquares', shape, 'rows and cols');
  checkOptions('leastSquares', shape, ['rows', 'cols', 'targets']);
  const { rows, cols, targets = 1 } = shape;
  checkSizes('leastSquares', { rows, cols, targets });
  checkRange(rows >= cols, `leastSquares: rows must be cols = ${cols} or more`, rows);
  checkMatrix('leastSquares', 'a', a, rows, cols, 'rows * cols');
  checkMatrix('leastSquares', 'b', b, rows, targets, 'rows * targets');
  const scaled = new Float64Array(a);
  const exponents = scaleColumns(scaled, rows, cols);
  const right = new Float64Array(b);
  const down = scaleRight(right, new Int32Array(rows), targets);
  const { q, r } = tallQR(scaled, rows, cols);
  checkRank(r, rows, cols);
  const x = multiply(transpose(q, rows, cols), right, cols, rows, targets);
  const residuals = residualNorms(q, x, right, rows, cols, targets).map((v, j) => timesPower(v, -down[j]!));
  checkFinite('leastSquares', 'norms of what b leaves', 'residuals', residuals);
  solveInPlace(false, r, cols, x, targets);
  unscaleSolution(x, exponents, down);
  checkSolution('leastSquares', x, targets);
  return { x, rcond: cols === 0 ? 1 : rcondOf(r, cols), residuals };
}
