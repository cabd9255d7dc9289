import { exponentOf, timesPower } from '../rounding/power-of-two.ts';

/** Powers of two by row and column, as integer exponents. */
export interface Equilibration {
  rows: Int32Array;
  cols: Int32Array;
}

/** -exponents of the largest magnitudes; 0 where there is none. */
const inverses = (largest: Float64Array) => Int32Array.from(largest, (value) => (value > 0 ? -exponentOf(value) : 0));

/** Multiplies every column of a (rows x cols) by a power of two that brings its largest entry to [1, 2). */
export function scaleColumns(a: Float64Array, rows: number, cols: number): Int32Array {
  const largest = new Float64Array(cols);
  for (let i = 0, p = 0; i < rows; i++)
    for (let j = 0; j < cols; j++, p++) {
      const size = Math.abs(a[p]!);
      if (size > largest[j]!) largest[j] = size;
    }
  const exponents = inverses(largest);
  for (let i = 0, p = 0; i < rows; i++) for (let j = 0; j < cols; j++, p++) a[p] = timesPower(a[p]!, exponents[j]!);
  return exponents;
}

/** Multiplies the columns, then the rows of a square matrix by powers of two, so that the largest entry of each row is in [1, 2). */
export function equilibrate(a: Float64Array, n: number): Equilibration {
  const cols = scaleColumns(a, n, n);
  const largest = new Float64Array(n);
  for (let i = 0, p = 0; i < n; i++) {
    let most = 0;
    for (let j = 0; j < n; j++, p++) if (Math.abs(a[p]!) > most) most = Math.abs(a[p]!);
    largest[i] = most;
  }
  const rows = inverses(largest);
  for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < n; j++, p++) a[p] = timesPower(a[p]!, rows[i]!);
  return { rows, cols };
}

/** b (n x cols) with row i times 2^exponents[i], and every column then brought to 1; the exponents of that. */
export function scaleRight(b: Float64Array, exponents: Int32Array, cols: number): Int32Array {
  const most = new Float64Array(cols).fill(Number.NEGATIVE_INFINITY);
  const n = exponents.length;
  for (let i = 0, p = 0; i < n; i++)
    for (let j = 0; j < cols; j++, p++)
      if (b[p] !== 0) most[j] = Math.max(most[j]!, exponentOf(Math.abs(b[p]!)) + exponents[i]!);
  const down = Int32Array.from(most, (value) => (value > Number.NEGATIVE_INFINITY ? -value : 0));
  for (let i = 0, p = 0; i < n; i++)
    for (let j = 0; j < cols; j++, p++) b[p] = timesPower(b[p]!, exponents[i]! + down[j]!);
  return down;
}

/** Turns the solution of the scaled system into that of the given one. */
export function unscaleSolution(x: Float64Array, exponents: Int32Array, down: Int32Array): void {
  const cols = down.length;
  for (let i = 0, p = 0; i < exponents.length; i++)
    for (let j = 0; j < cols; j++, p++) x[p] = timesPower(x[p]!, exponents[i]! - down[j]!);
}
