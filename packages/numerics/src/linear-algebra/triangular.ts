import { solveByKernel } from '../wasm/panels.ts';

/** row i of b -= sum over k in [from, to) of t[i][k] times row k of b, then row i /= t[i][i]. */
function eliminateRow(t: Float64Array, n: number, b: Float64Array, cols: number, i: number, from: number, to: number) {
  const line = b.subarray(i * cols, (i + 1) * cols);
  for (let k = from; k < to; k++) {
    const f = t[i * n + k]!;
    if (f === 0) continue;
    for (let j = 0, p = k * cols; j < cols; j++, p++) line[j] = line[j]! - f * b[p]!;
  }
  const pivot = t[i * n + i]!;
  for (let j = 0; j < cols; j++) line[j] = line[j]! / pivot;
}

/** Overwrites b (n x cols) with the solution of T X = B for the lower triangle T of t. */
export function solveLowerReference(t: Float64Array, n: number, b: Float64Array, cols: number): void {
  for (let i = 0; i < n; i++) eliminateRow(t, n, b, cols, i, 0, i);
}

/** The same for the upper triangle. */
export function solveUpperReference(t: Float64Array, n: number, b: Float64Array, cols: number): void {
  for (let i = n - 1; i >= 0; i--) eliminateRow(t, n, b, cols, i, i + 1, n);
}

/** The solution of T X = B in place of b, by the kernel where there is one. */
export function solveInPlace(lower: boolean, t: Float64Array, n: number, b: Float64Array, cols: number): void {
  if (solveByKernel(lower ? 'solveLower' : 'solveUpper', t, n, b, cols)) return;
  if (lower) solveLowerReference(t, n, b, cols);
  else solveUpperReference(t, n, b, cols);
}
