import { fillNormal, randomKey } from '@weightkit/numerics';

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
