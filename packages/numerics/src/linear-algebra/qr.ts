import { checkOptions, checkRange } from '../check.ts';
import { timesPower } from '../rounding/power-of-two.ts';
import { checkMatrix, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import { scaleColumns } from './equilibrate.ts';
import type { MatrixShape } from './matrix-input.ts';
import { transpose } from './matrix-input.ts';
import { multiply } from './multiply.ts';
import { workbench } from './workbench.ts';

/** The factors of {@link qr}, in row-major order. */
export interface QR {
  /** rows x min(rows, cols), with orthonormal columns. */
  q: Float64Array;
  /** min(rows, cols) x cols, upper triangular with a diagonal of 0 or more. */
  r: Float64Array;
}

/** QR of a matrix with rows >= cols, the entries of moderate size. */
export function tallQR(a: Float64Array, rows: number, cols: number): QR {
  const bench = workbench(rows, cols);
  bench.data.set(a);
  const taus = bench.qr();
  const signs = Float64Array.from(taus, (_, j) => (bench.data[j * cols + j]! < 0 ? -1 : 1));
  const r = new Float64Array(cols * cols);
  // 0 + x, for no entry is -0.
  for (let i = 0; i < cols; i++)
    for (let j = i; j < cols; j++) r[i * cols + j] = 0 + signs[i]! * bench.data[i * cols + j]!;
  bench.formQ(taus, signs);
  return { q: bench.data.slice(), r };
}

/** The columns [from, to) of a matrix. */
function columns(a: Float64Array, rows: number, cols: number, from: number, to: number): Float64Array {
  const width = to - from;
  const out = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) out.set(a.subarray(i * cols + from, i * cols + to), i * width);
  return out;
}

/** QR of a matrix with more columns than rows: that of its first columns, and Q' times the others. */
function wideQR(a: Float64Array, rows: number, cols: number): QR {
  const { q, r: first } = tallQR(columns(a, rows, cols, 0, rows), rows, rows);
  const rest = cols - rows;
  const others = multiply(transpose(q, rows, rows), columns(a, rows, cols, rows, cols), rows, rows, rest);
  const r = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    r.set(first.subarray(i * rows, (i + 1) * rows), i * cols);
    r.set(others.subarray(i * rest, (i + 1) * rest), i * cols + rows);
  }
  return { q, r };
}

/**
 * The thin QR factorization A = Q R by Householder reflections, in float64: Q has orthonormal columns also where A has
 * dependent or zero columns, R is upper triangular with a diagonal of 0 or more. For a matrix of full rank that makes both
 * unique; numpy and LAPACK leave the signs of R's diagonal open. Columns may have any scale.
 *
 * | shape of A | q | r |
 * | --- | --- | --- |
 * | rows >= cols | rows x cols | cols x cols |
 * | rows < cols | rows x rows | rows x cols |
 *
 * Each column of Q R is within about rows cols 1e-16 times its norm of that of A. The time is about 4 rows cols^2
 * operations for a tall matrix.
 *
 * Householder 1958, https://doi.org/10.1145/320941.320947
 *
 * @param a - the entries in row-major order
 * @param shape - rows and cols, with rows * cols entries in all
 * @example
 * ```js
 * import { qr } from '@weightkit/numerics';
 * const { q, r } = qr(Float64Array.of(0, 2, 3, 0), { rows: 2, cols: 2 }); // q: 0, 1, 1, 0; r: 3, 0, 0, 2
 * ```
 * @throws RangeError for a shape that does not fit, for a non-finite entry (naming its index) and for a column whose norm
 * is beyond float64
 */
export function qr(a: Floats, shape: MatrixShape): QR {
  checkShapeObject('qr', shape, 'rows and cols');
  checkOptions('qr', shape, ['rows', 'cols']);
  const { rows, cols } = shape;
  checkSizes('qr', { rows, cols });
  checkMatrix('qr', 'a', a, rows, cols, 'rows * cols');
  const scaled = new Float64Array(a);
  const exponents = scaleColumns(scaled, rows, cols);
  const { q, r } = rows >= cols ? tallQR(scaled, rows, cols) : wideQR(scaled, rows, cols);
  for (let p = 0; p < r.length; p++) {
    r[p] = timesPower(r[p]!, -exponents[p % cols]!);
    checkRange(
      Number.isFinite(r[p]!),
      `qr: a must have columns with norms in the range of float64 (column ${p % cols})`,
      r[p],
    );
  }
  return { q, r };
}
