import { checkRange } from '../check.ts';
import { formShifted, gatherRows } from './form-factors.ts';
import { matrixEngine, type Slab } from './matrix-engine.ts';
import { checkInputShape, type MatrixShape, scaleOf, transpose } from './matrix-input.ts';
import { orient } from './orient.ts';
import { sweeps } from './sweeps.ts';
import { diagonalizeSymmetric } from './tridiagonal-values.ts';

/** The eigendecomposition A = Q diag(values) Q' of a symmetric n x n matrix. */
export interface Eigh {
  /** The eigenvalues, ascending, n entries. */
  values: Float64Array;
  /** The eigenvectors in its columns, n x n. */
  vectors: Float64Array;
}

/** The lower triangle and its mirror image; throws where it is not finite. */
function lowerTriangle(a: Float32Array | Float64Array, n: number): Float64Array {
  const whole = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = a[i * n + j]!;
      if (!Number.isFinite(value)) {
        throw new RangeError(`eigh: entries must be finite, got ${value} at a[${i * n + j}]`);
      }
      whole[i * n + j] = value;
      whole[j * n + i] = value;
    }
  }
  return whole;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix in float64: reflections to tridiagonal form, then implicit QR
 * iteration, whose rotations are applied in batches. Only the lower triangle is read, as by `numpy.linalg.eigh`.
 *
 * The columns of Q are orthonormal, and A - Q diag(values) Q' is a small multiple of n * 1.1e-16 times the largest
 * |eigenvalue|, which also bounds the error of every value. Signs: in each column the first entry whose magnitude is
 * within a millionth of the column's largest is positive. For equal values any orthonormal basis is right.
 *
 * Dubrulle, Martin and Wilkinson 1968, "The implicit QL algorithm", https://doi.org/10.1007/BF02165404
 *
 * @param a - the entries in row-major order, any scale that float64 holds; those above the diagonal are not read
 * @param shape - rows and cols, which are equal; 0 is allowed
 * @returns values, ascending, and vectors in row-major order, one in each column
 * @example
 * ```js
 * import { eigh } from '@weightkit/numerics';
 * const { values, vectors } = eigh(Float32Array.of(2, 1, 1, 2), { rows: 2, cols: 2 }); // values: 1, 3
 * ```
 * @throws RangeError for a shape that does not fit or is not square and for a non-finite entry of the lower triangle (naming its
 * index)
 */
export function eigh(a: Float32Array | Float64Array, shape: MatrixShape): Eigh {
  checkInputShape('eigh', a, shape);
  const n = shape.rows;
  checkRange(n === shape.cols, `eigh: cols must equal rows = ${n}`, shape.cols);
  if (n === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) };
  const whole = lowerTriangle(a, n);
  const scale = scaleOf(whole);
  const engine = matrixEngine([
    [n, n],
    [n - 1, n - 1],
    [n, n],
  ]);
  const [main, room, rows] = engine.slabs as [Slab, Slab, Slab];
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) main.data[i * main.ld + j] = whole[i * n + j]! * scale;
  const { d, e, taus } = engine.tridiagonalize(main);
  formShifted(engine, main, taus, room, rows, false);
  diagonalizeSymmetric(
    d,
    e,
    sweeps(n, (batch) => engine.rotateRows(rows, batch)),
  );
  const order = Array.from(d.keys()).sort((i, j) => d[i]! - d[j]! || i - j);
  const vectors = transpose(
    gatherRows(rows, order, () => 1),
    n,
    n,
  );
  orient(vectors, n);
  return { values: Float64Array.from(order, (i) => d[i]! / scale), vectors };
}
