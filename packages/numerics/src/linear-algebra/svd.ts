import { diagonalize, valuesBySquares } from './bidiagonal-values.ts';
import { formRows, formShifted, gatherRows } from './form-factors.ts';
import { type MatrixEngine, matrixEngine, type Slab } from './matrix-engine.ts';
import { checkInput, type MatrixShape, scaleOf, transpose, writeInput } from './matrix-input.ts';
import { orient } from './orient.ts';
import { isTall, takeTriangle } from './singular-values.ts';
import { sweeps } from './sweeps.ts';

/** The thin singular value decomposition A = U diag(s) Vt of a rows x cols matrix; k is min(rows, cols). */
export interface Svd {
  /** The left singular vectors in its columns, rows x k. */
  u: Float64Array;
  /** The singular values, descending, k entries. */
  s: Float64Array;
  /** The right singular vectors in its rows, k x cols. */
  vt: Float64Array;
}

/** `rows` x n to U', its values and V', for rows >= n, unsorted and before any QR is undone. */
interface Factors {
  ut: Slab;
  vt: Slab;
  d: Float64Array;
}

function factor(engine: MatrixEngine, b: Slab, room: Slab, ut: Slab, vt: Slab): Factors {
  const { d, e, left, right } = engine.bidiagonalize(b);
  formShifted(engine, b, right, room, vt, true);
  formRows(engine, b, left, ut);
  const n = d.length;
  diagonalize(
    d,
    e,
    sweeps(n, (batch) => engine.rotateRows(ut, batch)),
    sweeps(n, (batch) => engine.rotateRows(vt, batch)),
    valuesBySquares(d, e),
  );
  return { ut, vt, d };
}

/** Places of the entries by descending magnitude, the first of equals first. */
function descending(d: Float64Array): number[] {
  return Array.from(d.keys()).sort((i, j) => Math.abs(d[j]!) - Math.abs(d[i]!) || i - j);
}

/** U and V' of a rows x n matrix with n <= rows < 1.6 n. */
function direct(a: Float32Array | Float64Array, shape: MatrixShape, rows: number, n: number, scale: number): Svd {
  const engine = matrixEngine([
    [rows, n],
    [n - 1, n - 1],
    [n, rows],
    [n, n],
  ]);
  const [b, room, left, right] = engine.slabs as [Slab, Slab, Slab, Slab];
  writeInput(b, a, shape, scale);
  const { ut, vt, d } = factor(engine, b, room, left, right);
  const order = descending(d);
  const u = transpose(
    gatherRows(ut, order, () => 1),
    n,
    rows,
  );
  return { u, ...finish(d, order, vt, scale) };
}

function finish(d: Float64Array, order: readonly number[], vt: Slab, scale: number) {
  return {
    s: Float64Array.from(order, (i) => Math.abs(d[i]!) / scale),
    vt: gatherRows(vt, order, (i) => (d[i]! < 0 ? -1 : 1)),
  };
}

/** The same for rows >= 1.6 n: A = Q R, and U is Q times that of R. */
function afterQr(a: Float32Array | Float64Array, shape: MatrixShape, rows: number, n: number, scale: number): Svd {
  const engine = matrixEngine([
    [rows, n],
    [n, n],
    [n - 1, n - 1],
    [n, n],
    [n, n],
    [rows, n],
  ]);
  const [q, r, room, left, right, product] = engine.slabs as [Slab, Slab, Slab, Slab, Slab, Slab];
  writeInput(q, a, shape, scale);
  const taus = engine.qr(q);
  takeTriangle(q, r);
  engine.formQ(q, taus);
  const { ut, vt, d } = factor(engine, r, room, left, right);
  const order = descending(d);
  order.forEach((from, j) => {
    for (let i = 0; i < n; i++) r.data[i * r.ld + j] = ut.data[from * ut.ld + i]!;
  });
  engine.multiply(product, q, r, 1);
  const u = new Float64Array(rows * n);
  for (let i = 0; i < rows; i++) u.set(product.data.subarray(i * product.ld, i * product.ld + n), i * n);
  return { u, ...finish(d, order, vt, scale) };
}

/** The decomposition of entries that have been checked. */
export function svdOf(a: Float32Array | Float64Array, shape: MatrixShape): Svd {
  const { rows, cols } = shape;
  const n = Math.min(rows, cols);
  if (n === 0) return { u: new Float64Array(0), s: new Float64Array(0), vt: new Float64Array(0) };
  const tall = Math.max(rows, cols);
  const { u, s, vt } = (isTall(tall, n) ? afterQr : direct)(a, shape, tall, n, scaleOf(a));
  const result = rows >= cols ? { u, s, vt } : { u: transpose(vt, n, n), s, vt: transpose(u, tall, n) };
  orient(result.u, n, result.vt);
  return result;
}

/**
 * The thin singular value decomposition A = U diag(s) Vt in float64: reflections to bidiagonal form (after a QR
 * factorization when the matrix is tall, of the transpose when it is wide), then implicit QR iteration, whose rotations
 * are applied in batches.
 *
 * With k = min(rows, cols), U (rows x k) has orthonormal columns and Vt (k x cols) orthonormal rows, for zero and
 * rank-deficient matrices too, and A - U diag(s) Vt is a small multiple of (rows + cols) * 1.1e-16 * s[0]. The values are
 * those of {@link singularValues} within 1e-15 * (rows + cols) * s[0]. Signs: in each column of U the first entry whose
 * magnitude is within a millionth of the column's largest is positive. For equal values any orthonormal basis is right.
 *
 * Golub and Kahan 1965, https://doi.org/10.1137/0702016; Demmel and Kahan 1990, https://doi.org/10.1137/0911052
 *
 * @param a - the entries in row-major order, any scale that float64 holds
 * @param shape - rows and cols, with rows * cols entries in all; 0 is allowed and gives empty arrays
 * @returns u in row-major order, rows x k; s, descending; vt in row-major order, k x cols
 * @example
 * ```js
 * import { svd } from '@weightkit/numerics';
 * const { u, s, vt } = svd(Float32Array.of(3, 0, 4, 5), { rows: 2, cols: 2 }); // s: sqrt(45), sqrt(5)
 * ```
 * @throws RangeError for a shape that does not fit and for a non-finite entry (naming its index)
 */
export function svd(a: Float32Array | Float64Array, shape: MatrixShape): Svd {
  checkInput('svd', a, shape);
  return svdOf(a, shape);
}
