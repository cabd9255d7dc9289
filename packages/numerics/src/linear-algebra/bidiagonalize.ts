import { type Grid, householder, reflectLeft, reflectRight, takeColumn } from './reflect.ts';

/** An upper bidiagonal matrix and the factors of the reflections that led to it. */
export interface Bidiagonal {
  /** The diagonal, cols entries. */
  d: Float64Array;
  /** The superdiagonal, cols - 1 entries. */
  e: Float64Array;
  /** The factors tau of the reflections from the left, cols entries. */
  left: Float64Array;
  /** The factors tau of the reflections from the right, cols - 1 entries. */
  right: Float64Array;
}

/**
 * Reduces a matrix with rows >= cols to upper bidiagonal form by reflections from both sides. The matrix is overwritten
 * with their vectors without the leading 1: those from the left below the diagonal, those from the right in row k from
 * column k + 2 on.
 *
 * Golub and Kahan 1965, "Calculating the singular values and pseudo-inverse of a matrix", https://doi.org/10.1137/0702016
 */
export function bidiagonalizeReference(a: Grid): Bidiagonal {
  const { data, rows, cols } = a;
  const [d, left] = [new Float64Array(cols), new Float64Array(cols)];
  const [e, right] = [new Float64Array(Math.max(0, cols - 1)), new Float64Array(Math.max(0, cols - 1))];
  const v = new Float64Array(rows);
  const work = new Float64Array(cols);
  for (let k = 0; k < cols; k++) {
    takeColumn(a, k, k, v);
    [d[k], left[k]] = householder(v, rows - k) as [number, number];
    for (let i = k + 1; i < rows; i++) data[i * cols + k] = v[i - k]!;
    if (k + 1 === cols) break;
    if (left[k] !== 0) reflectLeft(a, k, k + 1, v, left[k]!, work);
    const u = data.subarray(k * cols + k + 1, (k + 1) * cols);
    [e[k], right[k]] = householder(u, u.length) as [number, number];
    if (right[k] !== 0) reflectRight(a, k + 1, k + 1, u, right[k]!);
  }
  return { d, e, left, right };
}
