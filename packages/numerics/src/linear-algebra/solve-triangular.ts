import { checkFinite, checkOptions, checkRange, checkType } from '../check.ts';
import { checkEntries, checkMatrix, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import { equilibrate, scaleRight, unscaleSolution } from './equilibrate.ts';
import { transpose } from './matrix-input.ts';
import { solveInPlace } from './triangular.ts';

/** The shapes of {@link solveTriangular}, and which triangle is meant. */
export interface SolveTriangularShape {
  /** Number of rows and columns of `t`, and of rows of `b`; 0 or more. */
  size: number;
  /**
   * Number of columns of `b`, 0 or more.
   * @defaultValue 1
   */
  cols?: number;
  /**
   * Whether the lower triangle of `t` is read, or the upper one.
   * @defaultValue true
   */
  lower?: boolean;
  /**
   * Whether the transpose of that triangle takes its place in the equation.
   * @defaultValue false
   */
  transposed?: boolean;
  /**
   * Whether the diagonal counts as ones and is not read.
   * @defaultValue false
   */
  unitDiagonal?: boolean;
}

/** The triangle that is meant, zeros elsewhere; refuses non-finite entries and a diagonal with a 0. */
function triangleOf(t: Floats, n: number, lower: boolean, unitDiagonal: boolean): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const [from, to] = lower ? [0, i + 1] : [i, n];
    out.set(t.subarray(i * n + from, i * n + to), i * n + from);
    if (unitDiagonal) out[i * n + i] = 1;
  }
  checkFinite('solveTriangular', 'entries of the triangle', 't', out);
  for (let i = 0; i < n; i++)
    checkRange(
      out[i * n + i] !== 0,
      `solveTriangular: t must be invertible, without a 0 on its diagonal at row ${i}`,
      0,
    );
  return out;
}

/** Throws unless the solution is in the range of float64. */
export function checkSolution(fn: string, x: Float64Array, cols: number): void {
  for (let p = 0; p < x.length; p++)
    checkRange(Number.isFinite(x[p]!), `${fn}: x must be in the range of float64 at row ${Math.floor(p / cols)}`, x[p]);
}

/**
 * The solution X of T X = B (or T' X = B) for a triangular T, by substitution in float64. Rows and columns are brought to
 * one size by powers of two first, which costs nothing in accuracy, so that graded triangles do not overflow on the way.
 * The time is about size^2 cols multiplications and additions.
 *
 * Backward stable row by row: (T + E) x = b with |E| at most about size 1.1e-16 |T|, entry by entry.
 *
 * Higham 2002, "Accuracy and Stability of Numerical Algorithms", chapter 8, https://doi.org/10.1137/1.9780898718027
 *
 * @param t - size * size entries in row-major order; those outside the triangle are not read
 * @param b - size * cols entries in row-major order
 * @param shape - size, cols, and which triangle
 * @returns X, size * cols entries in row-major order
 * @example
 * ```js
 * import { solveTriangular } from '@weightkit/numerics';
 * solveTriangular(Float64Array.of(2, 0, 1, 3), Float64Array.of(4, 5), { size: 2 }); // 2, 1
 * ```
 * @throws RangeError for a 0 on the diagonal, naming its row, for a solution beyond float64, for a non-finite entry
 * and for shapes that do not fit
 */
export function solveTriangular(t: Floats, b: Floats, shape: SolveTriangularShape): Float64Array {
  checkShapeObject('solveTriangular', shape, 'size');
  checkOptions('solveTriangular', shape, ['size', 'cols', 'lower', 'transposed', 'unitDiagonal']);
  const { size, cols = 1, lower = true, transposed = false, unitDiagonal = false } = shape;
  checkSizes('solveTriangular', { size, cols });
  for (const [name, value] of Object.entries({ lower, transposed, unitDiagonal }))
    checkType(typeof value === 'boolean', `solveTriangular: ${name} must be true or false`, value);
  checkEntries('solveTriangular', 't', t, size, size, 'size * size');
  checkMatrix('solveTriangular', 'b', b, size, cols, 'size * cols');
  const given = triangleOf(t, size, lower, unitDiagonal);
  const triangle = transposed ? transpose(given, size, size) : given;
  const x = new Float64Array(b);
  const scales = equilibrate(triangle, size);
  const down = scaleRight(x, scales.rows, cols);
  solveInPlace(lower !== transposed, triangle, size, x, cols);
  unscaleSolution(x, scales.cols, down);
  checkSolution('solveTriangular', x, cols);
  return x;
}
