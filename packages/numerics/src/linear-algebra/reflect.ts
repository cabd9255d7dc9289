/** A matrix in row-major order. */
export interface Grid {
  data: Float64Array;
  rows: number;
  cols: number;
}

/** sum x[i]^2 for i in [1, n). */
function tailSquares(x: Float64Array, n: number, scale: number): number {
  let sum = 0;
  for (let i = 1; i < n; i++) sum += (x[i]! / scale) ** 2;
  return sum;
}

/**
 * Makes the Householder vector of x[0..n): H x = (beta, 0, ...) with H = I - tau v v', v[0] = 1. x becomes v. Entries
 * after the first that are all below 1e-290 count as zero: tau is 0.
 *
 * @returns [beta, tau]
 */
export function householder(x: Float64Array, n: number): [number, number] {
  const alpha = x[0]!;
  x[0] = 1;
  let scale = 1;
  let tail = tailSquares(x, n, 1);
  if (!(tail > 1e-280 && tail + alpha * alpha < 1e280)) {
    let largest = 0;
    for (let i = 1; i < n; i++) largest = Math.max(largest, Math.abs(x[i]!));
    if (largest < 1e-290) return [alpha, 0];
    scale = Math.max(largest, Math.abs(alpha));
    tail = tailSquares(x, n, scale);
  }
  const norm = scale * Math.sqrt((alpha / scale) ** 2 + tail);
  const beta = alpha > 0 ? -norm : norm;
  for (let i = 1; i < n; i++) x[i] = x[i]! / (alpha - beta);
  return [beta, (beta - alpha) / beta];
}

/** A[row.., col..] -= tau v (v' A): the reflection from the left. `work` holds a row. */
export function reflectLeft(a: Grid, row: number, col: number, v: Float64Array, tau: number, work: Float64Array): void {
  const { data, rows, cols } = a;
  const width = cols - col;
  work.fill(0, 0, width);
  for (let i = row; i < rows; i++) {
    const f = v[i - row]!;
    for (let j = 0, p = i * cols + col; j < width; j++, p++) work[j] = work[j]! + f * data[p]!;
  }
  for (let i = row; i < rows; i++) {
    const f = tau * v[i - row]!;
    for (let j = 0, p = i * cols + col; j < width; j++, p++) data[p] = data[p]! - f * work[j]!;
  }
}

/** A[row.., col..] -= tau (A u) u': the reflection from the right. */
export function reflectRight(a: Grid, row: number, col: number, u: Float64Array, tau: number): void {
  const { data, rows, cols } = a;
  const width = cols - col;
  for (let i = row; i < rows; i++) {
    const start = i * cols + col;
    let sum = 0;
    for (let j = 0; j < width; j++) sum += data[start + j]! * u[j]!;
    sum *= tau;
    for (let j = 0; j < width; j++) data[start + j] = data[start + j]! - sum * u[j]!;
  }
}

/** Copies A[row.., col] into v. */
export function takeColumn({ data, rows, cols }: Grid, row: number, col: number, v: Float64Array): void {
  for (let i = row, p = row * cols + col; i < rows; i++, p += cols) v[i - row] = data[p]!;
}
