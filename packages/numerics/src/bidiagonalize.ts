import { type Grid, householder, reflectLeft, reflectRight, takeColumn } from './reflect.ts';

/**
 * Reduces a matrix with rows >= cols to upper bidiagonal form by reflections from both sides; the matrix is overwritten.
 *
 * Golub and Kahan 1965, "Calculating the singular values and pseudo-inverse of a matrix", https://doi.org/10.1137/0702016
 *
 * @returns the diagonal and the superdiagonal
 */
export function bidiagonalizeReference(a: Grid): { d: Float64Array; e: Float64Array } {
  const { data, rows, cols } = a;
  const d = new Float64Array(cols);
  const e = new Float64Array(Math.max(0, cols - 1));
  const v = new Float64Array(rows);
  const work = new Float64Array(cols);
  for (let k = 0; k < cols; k++) {
    takeColumn(a, k, k, v);
    const [beta, tau] = householder(v, rows - k);
    d[k] = beta;
    if (k + 1 === cols) break;
    if (tau !== 0) reflectLeft(a, k, k + 1, v, tau, work);
    const start = k * cols + k + 1;
    const u = data.slice(start, (k + 1) * cols);
    const [superdiagonal, factor] = householder(u, cols - k - 1);
    e[k] = superdiagonal;
    if (factor !== 0) reflectRight(a, k + 1, k + 1, u, factor);
  }
  return { d, e };
}
