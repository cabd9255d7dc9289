import { multiplyByKernel } from './wasm/panels.ts';

/** The product of an m x k and a k x n matrix, row by row. */
export function multiplyReference(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const f = a[i * k + l]!;
      for (let j = 0, p = i * n, q = l * n; j < n; j++, p++, q++) c[p] = c[p]! + f * b[q]!;
    }
  }
  return c;
}

/** The same, by the kernel where there is one. */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  return multiplyByKernel(a, b, m, k, n) ?? multiplyReference(a, b, m, k, n);
}
