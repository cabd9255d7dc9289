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

/** max |U diag(s) Vt - A| / max s: how well a decomposition gives back its matrix. */
export function residual(
  { u, s, vt }: { u: Float64Array; s: Float64Array; vt: Float64Array },
  a: ArrayLike<number>,
  rows: number,
  cols: number,
): number {
  const k = s.length;
  const most = s[0] || 1;
  const us = u.map((v, p) => v * (s[p % k]! / most));
  const back = multiply(us, vt, rows, k, cols);
  return back.reduce((worst, v, p) => Math.max(worst, Math.abs(v - a[p]! / most)), 0);
}

/** Matrices that break careless code, by name. */
export const nasty: Record<string, (rows: number, cols: number) => Float64Array> = {
  zero: (rows, cols) => new Float64Array(rows * cols),
  ones: (rows, cols) => new Float64Array(rows * cols).fill(1),
  identity: (rows, cols) => fill(rows, cols, (i, j) => (i === j ? 1 : 0)),
  'one entry': (rows, cols) => fill(rows, cols, (i, j) => (i === rows - 1 && j === 0 ? -3 : 0)),
  'rank 2': (rows, cols) => fill(rows, cols, (i, j) => (i + 1) * (j - 2) + 1),
  'zero column': (rows, cols) => fill(rows, cols, (i, j) => (j === 0 ? 0 : Math.cos(i * cols + j))),
  'graded 1e150 to 1e-150': (rows, cols) =>
    fill(rows, cols, (i, j) => Math.cos(i * cols + j) * 10 ** (150 - (300 * (i + j)) / (rows + cols))),
  'graded 1e-150 to 1e150': (rows, cols) =>
    fill(rows, cols, (i, j) => Math.cos(i * cols + j) * 10 ** (-150 + (300 * (i + j)) / (rows + cols))),
  'denormal ends': (rows, cols) => fill(rows, cols, (i, j) => (i === j ? 1 : (i + 2 * j) * 5e-324)),
  denormal: (rows, cols) => fill(rows, cols, (i, j) => (1 + ((3 * i + j) % 5)) * 5e-324),
  huge: (rows, cols) => fill(rows, cols, (i, j) => Math.sin(i * cols + j) * 1e306),
};

function fill(rows: number, cols: number, entry: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: rows * cols }, (_, p) => entry(Math.floor(p / cols), p % cols));
}
