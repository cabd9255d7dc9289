import { cholesky, solveTriangular } from '@weightkit/numerics';

/**
 * The upper triangular U with U'U = H⁻¹ and a positive diagonal, in float64, for a symmetric positive definite H. Row j of U, from j on,
 * is what the inverse without the first j inputs looks like, over the root of its first entry.
 *
 * H is factored backwards, H = R R' with an upper R, so that U = R⁻¹ takes one factorization and no inverse of H.
 *
 * @param h - n * n entries in row-major order
 * @throws RangeError where H is not positive definite
 */
export function inverseFactor(h: Float64Array, n: number): Float64Array {
  // Entry (i, j) of the reversed matrix is entry (n - 1 - i, n - 1 - j): all entries in reverse.
  const r = cholesky(h.slice().reverse(), { rows: n, cols: n }).reverse();
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return solveTriangular(r, identity, { size: n, cols: n, lower: false });
}
