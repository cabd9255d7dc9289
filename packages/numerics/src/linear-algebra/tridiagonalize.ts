import { type Grid, householder, takeColumn } from './reflect.ts';

/** A symmetric tridiagonal matrix and the factors of the reflections that led to it. */
export interface Tridiagonal {
  /** The diagonal, n entries. */
  d: Float64Array;
  /** The diagonal beside it, n - 1 entries. */
  e: Float64Array;
  /** The factors tau of the reflections, n - 1 entries. */
  taus: Float64Array;
}

/** A[k.., k..] -= v w' + w v'. */
function update({ data, cols }: Grid, k: number, v: Float64Array, w: Float64Array): void {
  for (let i = k; i < cols; i++) {
    const f = v[i - k]!;
    const g = w[i - k]!;
    for (let j = k, p = i * cols + k; j < cols; j++, p++) data[p] = data[p]! - (f * w[j - k]! + g * v[j - k]!);
  }
}

/** w = tau A v less tau/2 (w'v) v, for A[k.., k..]. */
function product({ data, cols }: Grid, k: number, v: Float64Array, tau: number, w: Float64Array): void {
  let along = 0;
  for (let i = k; i < cols; i++) {
    let sum = 0;
    for (let j = k, p = i * cols + k; j < cols; j++, p++) sum += data[p]! * v[j - k]!;
    w[i - k] = tau * sum;
    along += tau * sum * v[i - k]!;
  }
  for (let i = 0; i < cols - k; i++) w[i] = w[i]! - 0.5 * tau * along * v[i]!;
}

/**
 * Reduces a symmetric matrix, both triangles given, to tridiagonal form by reflections from both sides; it is overwritten
 * with their vectors without the leading 1, below the subdiagonal.
 *
 * Householder 1958; Golub and Van Loan, "Matrix Computations", 8.3.1
 */
export function tridiagonalizeReference(a: Grid): Tridiagonal {
  const { data, cols: n } = a;
  const d = new Float64Array(n);
  const [e, taus] = [new Float64Array(Math.max(0, n - 1)), new Float64Array(Math.max(0, n - 1))];
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    d[k] = data[k * n + k]!;
    if (k + 1 === n) break;
    takeColumn(a, k + 1, k, v);
    [e[k], taus[k]] = householder(v, n - k - 1) as [number, number];
    for (let i = k + 2; i < n; i++) data[i * n + k] = v[i - k - 1]!;
    if (taus[k] === 0) continue;
    product(a, k + 1, v, taus[k]!, w);
    update(a, k + 1, v, w);
  }
  return { d, e, taus };
}
