import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';

/** A matrix of normal values in row-major order. */
export const normalMatrix = (rows: number, cols: number, seed: number) =>
  Float64Array.from(fillNormal(new Float32Array(rows * cols), randomKey(seed)));

/** The product of an m x k and a k x n matrix in row-major order. */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      for (let j = 0; j < n; j++) c[i * n + j]! += a[i * k + l]! * b[l * n + j]!;
    }
  }
  return c;
}

export function transpose(a: Float64Array, rows: number, cols: number): Float64Array {
  return Float64Array.from(a, (_, p) => a[(p % rows) * cols + Math.floor(p / rows)]!);
}

/** max |A'A - I| of the columns. */
export function columnDefect(q: Float64Array, rows: number, cols: number): number {
  const gram = multiply(transpose(q, rows, cols), q, cols, rows, cols);
  return gram.reduce((most, v, p) => Math.max(most, Math.abs(v - (p % (cols + 1) === 0 ? 1 : 0))), 0);
}

/** max |a - b| over all entries, each divided by the tolerance of its place; NaN counts as infinite. */
export function worstAt(a: Float64Array, b: Float64Array, tolerance: (p: number) => number): number {
  let most = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let p = 0; p < b.length; p++) {
    const ratio = a[p] === b[p] ? 0 : Math.abs(a[p]! - b[p]!) / tolerance(p);
    most = ratio <= most ? most : Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
  }
  return most;
}

/** Row i times 2^(byRow i), column j times 2^(byCol j): exact. */
export function graded(a: Float64Array, cols: number, byRow: number, byCol: number): Float64Array {
  return a.map((v, p) => v * 2 ** (byRow * Math.floor(p / cols) + byCol * (p % cols)));
}

/** The uniforms in [-1, 1) of golden/numerics.py. */
export const uniforms = (seed: number, entries: number) =>
  Float64Array.from(fillUniform(new Float32Array(entries), randomKey(seed)), (u) => u * 2 - 1);

/** The largest magnitude. */
export const largestOf = (a: Float64Array) => a.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
