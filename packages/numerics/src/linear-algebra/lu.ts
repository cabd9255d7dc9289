import { luByKernel } from '../wasm/panels.ts';
import { solveUpperReference } from './triangular.ts';

function swapRows(a: Float64Array, cols: number, i: number, j: number): void {
  for (let k = 0, p = i * cols, q = j * cols; k < cols; k++, p++, q++) [a[p], a[q]] = [a[q]!, a[p]!];
}

/** The row from j on with the largest entry of column j, the first of equal ones. */
function pivotRow(a: Float64Array, n: number, j: number): number {
  let best = j;
  for (let i = j + 1; i < n; i++) if (Math.abs(a[i * n + j]!) > Math.abs(a[best * n + j]!)) best = i;
  return best;
}

/** row i += f times row k, from column `from` on. */
function addRow(a: Float64Array, cols: number, i: number, k: number, f: number, from = 0): void {
  for (let j = from, p = i * cols + from, q = k * cols + from; j < cols; j++, p++, q++) a[p] = a[p]! + f * a[q]!;
}

/**
 * LU with partial pivoting: a (n x n) becomes L (without its diagonal of ones) and U of the matrix whose row j was swapped
 * with row order[j] in turn; b (n x cols) becomes the solution of A X = B.
 *
 * @returns n, or the first column without a pivot
 */
export function luReference(a: Float64Array, n: number, b: Float64Array, cols: number, order: Int32Array): number {
  for (let k = 0; k < n; k++) {
    const row = pivotRow(a, n, k);
    const pivot = a[row * n + k]!;
    if (pivot === 0) return k;
    order[k] = row;
    swapRows(a, n, k, row);
    swapRows(b, cols, k, row);
    for (let i = k + 1; i < n; i++) {
      const f = a[i * n + k]! / pivot;
      a[i * n + k] = f;
      addRow(a, n, i, k, -f, k + 1);
      addRow(b, cols, i, k, -f);
    }
  }
  solveUpperReference(a, n, b, cols);
  return n;
}

/** {@link luReference}, by the kernel where there is one. */
export function luInPlace(a: Float64Array, n: number, b: Float64Array, cols: number, order: Int32Array): number {
  return luByKernel(a, n, b, cols, order) ?? luReference(a, n, b, cols, order);
}
