import { checkOptions, checkRange } from '../check.ts';
import { fillNormal } from '../random/fill-normal.ts';
import { randomKey } from '../random/random-key.ts';
import { type MatrixEngine, matrixEngine, type Slab } from './matrix-engine.ts';
import { checkInput, type MatrixShape, scaleOf, writeInput } from './matrix-input.ts';
import { orient } from './orient.ts';
import { type Svd, svdOf } from './svd.ts';

/** How {@link truncatedSvd} looks for the leading singular vectors. */
export interface TruncatedSvdOptions {
  /** How many singular values and vectors to return, an integer in [1, min(rows, cols)]. */
  rank: number;
  /**
   * How many more random directions than `rank` to look at, an integer of 0 or more.
   *
   * @defaultValue 10
   */
  oversampling?: number;
  /**
   * How often the sample is multiplied by A A' before it is used, an integer of 0 or more: more for values that fall slowly.
   *
   * @defaultValue 2
   */
  powerIterations?: number;
  /**
   * Seed of the random directions, an integer.
   *
   * @defaultValue 0
   */
  seed?: number;
}

/** A truncated decomposition and what it leaves out. */
export interface TruncatedSvd extends Svd {
  /**
   * An upper bound of the Frobenius norm of A - U diag(s) Vt, thus of its largest singular value too: the norm of the
   * computed difference plus what rounding can hide. Certain, whatever the random numbers were.
   */
  errorBound: number;
}

const EPS = 2 ** -53;

function copyIn(slab: Slab, values: ArrayLike<number>): void {
  for (let i = 0, p = 0; i < slab.rows; i++)
    for (let j = 0; j < slab.cols; j++) slab.data[i * slab.ld + j] = values[p++]!;
}

function copyOut({ data, rows, cols, ld }: Slab): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) out.set(data.subarray(i * ld, i * ld + cols), i * cols);
  return out;
}

/** c = a b or a' b, its columns made orthonormal. */
function orthonormalProduct(engine: MatrixEngine, c: Slab, a: Slab, b: Slab, transposed: boolean): void {
  c.data.fill(0);
  engine.multiply(c, a, b, 1, transposed);
  engine.formQ(c, engine.qr(c));
}

/** Halko, Martinsson and Tropp's range finder: q gets orthonormal columns that nearly span the leading left vectors. */
function findRange(engine: MatrixEngine, [a, q, z]: [Slab, Slab, Slab], normals: Float32Array, turns: number): void {
  copyIn(z, normals);
  orthonormalProduct(engine, q, a, z, false);
  for (let turn = 0; turn < turns; turn++) {
    orthonormalProduct(engine, z, a, q, true);
    orthonormalProduct(engine, q, a, z, false);
  }
}

/** The first `rank` singular values and vectors. */
function leading({ u, s, vt }: Svd, rank: number): Svd {
  const n = s.length;
  const first = Float64Array.from({ length: n === 0 ? 0 : (u.length / n) * rank }, (_, p) => {
    return u[Math.floor(p / rank) * n + (p % rank)]!;
  });
  return { u: first, s: s.slice(0, rank), vt: vt.slice(0, n === 0 ? 0 : (vt.length / n) * rank) };
}

/**
 * A bound of the norm of a - U diag(s) Vt; `a` is overwritten. Taking `rank` products off an entry makes at most
 * rank + 3 roundings of numbers up to |a| + 2 sum |u s v|, and the norm of sum |u s v| over all entries is at most the sum
 * of s, for columns and rows have norm 1. A sum of N squares is off by a factor of at most 1 + N EPS.
 */
function differenceBound(engine: MatrixEngine, a: Slab, left: Slab, right: Slab, found: Svd): number {
  const rank = found.s.length;
  copyIn(
    left,
    found.u.map((v, p) => v * found.s[p % rank]!),
  );
  copyIn(right, found.vt);
  engine.multiply(a, left, right, -1);
  let squares = 0;
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) squares += a.data[i * a.ld + j]! ** 2;
  const norm = Math.sqrt(squares) * (1 + (a.rows * a.cols + 4) * EPS);
  const total = found.s.reduce((sum, s) => sum + s, 0);
  return norm + (rank + 4) * EPS * (norm + 4 * total);
}

function checkSearch(shape: MatrixShape, { rank, oversampling, powerIterations, seed }: Required<TruncatedSvdOptions>) {
  const most = Math.min(shape.rows, shape.cols);
  const count = (n: number, least: number) => Number.isSafeInteger(n) && n >= least;
  checkRange(count(rank, 1) && rank <= most, `truncatedSvd: rank must be an integer in [1, ${most}]`, rank);
  checkRange(count(oversampling, 0), 'truncatedSvd: oversampling must be an integer of 0 or more', oversampling);
  checkRange(
    count(powerIterations, 0),
    'truncatedSvd: powerIterations must be an integer of 0 or more',
    powerIterations,
  );
  checkRange(Number.isSafeInteger(seed), 'truncatedSvd: seed must be an integer', seed);
}

/** The search in a matrix scaled by `scale`; its result is of the scaled matrix. */
function search(
  a: Float32Array | Float64Array,
  shape: MatrixShape,
  scale: number,
  rank: number,
  width: number,
  turns: number,
  seed: number,
): TruncatedSvd {
  const { rows, cols } = shape;
  const normals = fillNormal(new Float32Array(cols * width), randomKey(seed));
  const engine = matrixEngine(
    [
      [rows, cols],
      [rows, width],
      [cols, width],
      [width, cols],
      [width, rank],
      [rows, rank],
      [rank, cols],
    ],
    true,
  );
  const [main, q, z, b, small, left, right] = engine.slabs as [Slab, Slab, Slab, Slab, Slab, Slab, Slab];
  writeInput(main, a, shape, scale);
  findRange(engine, [main, q, z], normals, turns);
  engine.multiply(b, q, main, 1, true);
  const inner = leading(svdOf(copyOut(b), { rows: width, cols }), rank);
  copyIn(small, inner.u);
  engine.multiply(left, q, small, 1);
  const found = { ...inner, u: copyOut(left) };
  orient(found.u, rank, found.vt);
  return { ...found, errorBound: differenceBound(engine, main, left, right, found) };
}

/** The same from the whole decomposition. */
function exact(a: Float32Array | Float64Array, shape: MatrixShape, scale: number, rank: number): TruncatedSvd {
  const { rows, cols } = shape;
  const scaled = Float64Array.from(a, (v) => v * scale);
  const found = leading(svdOf(scaled, shape), rank);
  const engine = matrixEngine([
    [rows, cols],
    [rows, rank],
    [rank, cols],
  ]);
  const [main, left, right] = engine.slabs as [Slab, Slab, Slab];
  copyIn(main, scaled);
  return { ...found, errorBound: differenceBound(engine, main, left, right, found) };
}

/**
 * The leading singular values and vectors of a matrix, by random projection: Q = orth((A A')^powerIterations A N) for
 * rank + oversampling columns of normal values N, with a QR factorization after every product, then the decomposition of
 * the small matrix Q'A. The work is about 4 (powerIterations + 1) (rank + oversampling) rows cols operations; when
 * rank + oversampling reaches min(rows, cols) the whole decomposition is made and cut.
 *
 * The values are at most those of A but for rounding. How close they come depends on how fast the values of A fall;
 * `errorBound` says what is certain of the result: the Frobenius norm of A - U diag(s) Vt is at most that. It is computed
 * from the difference itself; the root of |A|^2 - sum s^2 would lose half of the digits. Signs are those of {@link svd}.
 *
 * Halko, Martinsson and Tropp 2011, "Finding structure with randomness", https://arxiv.org/abs/0909.4061
 *
 * @param a - the entries in row-major order, any scale that float64 holds
 * @param shape - rows and cols, 1 or more, with rows * cols entries in all
 * @returns u (rows x rank), s (descending), vt (rank x cols), errorBound
 * @example
 * ```js
 * import { fillNormal, randomKey, truncatedSvd } from '@weightkit/numerics';
 * const a = fillNormal(new Float32Array(200 * 100), randomKey(0));
 * const { u, s, vt, errorBound } = truncatedSvd(a, { rows: 200, cols: 100 }, { rank: 5 });
 * ```
 * @throws RangeError for a shape or an option out of range and for a non-finite entry (naming its index)
 */
export function truncatedSvd(
  a: Float32Array | Float64Array,
  shape: MatrixShape,
  options: TruncatedSvdOptions,
): TruncatedSvd {
  checkInput('truncatedSvd', a, shape);
  checkOptions('truncatedSvd', options ?? {}, ['rank', 'oversampling', 'powerIterations', 'seed']);
  const { rank, oversampling = 10, powerIterations = 2, seed = 0 } = options ?? {};
  checkSearch(shape, { rank, oversampling, powerIterations, seed });
  const scale = scaleOf(a);
  const width = rank + oversampling;
  const found =
    width >= Math.min(shape.rows, shape.cols)
      ? exact(a, shape, scale, rank)
      : search(a, shape, scale, rank, width, powerIterations, seed);
  // Below the normal range the quotients are rounded, each by half of 5e-324.
  const errorBound = found.errorBound === 0 ? 0 : found.errorBound / scale + (rank + 1) * Number.MIN_VALUE;
  return { ...found, s: found.s.map((s) => s / scale), errorBound };
}
