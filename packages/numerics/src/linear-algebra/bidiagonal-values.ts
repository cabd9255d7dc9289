import { closest } from './closest.ts';
import { qdValues } from './qd-values.ts';
import { rotate, rotation } from './rotation.ts';
import { noSweeps, type Sweeps } from './sweeps.ts';

/** The smaller singular value of [[f, g], [0, h]], without overflow or cancellation (LAPACK's dlas2 in idea). */
function smallerOfTwo(f: number, g: number, h: number): number {
  const fa = Math.abs(f);
  const ga = Math.abs(g);
  const ha = Math.abs(h);
  const low = Math.min(fa, ha);
  const high = Math.max(fa, ha);
  if (low === 0) return 0;
  if (ga < high) {
    const s = 1 + low / high;
    const t = (high - low) / high;
    const u = (ga / high) ** 2;
    return low * (2 / (Math.sqrt(s * s + u) + Math.sqrt(t * t + u)));
  }
  const u = high / ga;
  if (u === 0) return (low * high) / ga;
  const s = 1 + low / high;
  const t = (high - low) / high;
  return 2 * (low * (1 / (Math.sqrt(1 + (s * u) ** 2) + Math.sqrt(1 + (t * u) ** 2))) * u);
}

const EPS = 2 ** -53;
const TOLERANCE = 2 ** (53 / 8) * EPS;

/** Where a sweep writes the pairs (c, s) of its rotations. */
interface Pairs {
  left: Float64Array;
  leftAt: number;
  right: Float64Array;
  rightAt: number;
}

/** One QR sweep without shift over d[lo..hi]: every singular value keeps its relative accuracy. */
function sweepZero(d: Float64Array, e: Float64Array, lo: number, hi: number, out: Pairs): void {
  const { left, right } = out;
  let { leftAt, rightAt } = out;
  let c = 1;
  let lastC = 1;
  let lastS = 0;
  for (let i = lo; i < hi; i++) {
    rotate(d[i]! * c, e[i]!);
    c = rotation.c;
    const s = rotation.s;
    right[rightAt++] = c;
    right[rightAt++] = s;
    if (i > lo) e[i - 1] = lastS * rotation.r;
    rotate(lastC * rotation.r, d[i + 1]! * s);
    lastC = rotation.c;
    lastS = rotation.s;
    left[leftAt++] = lastC;
    left[leftAt++] = lastS;
    d[i] = rotation.r;
  }
  const h = d[hi]! * c;
  d[hi] = h * lastC;
  e[hi - 1] = h * lastS;
}

/** One implicitly shifted QR sweep over d[lo..hi]. */
function sweepShifted(d: Float64Array, e: Float64Array, lo: number, hi: number, shift: number, out: Pairs): void {
  const { left, right } = out;
  let { leftAt, rightAt } = out;
  let f = (Math.abs(d[lo]!) - shift) * (Math.sign(d[lo]!) + shift / d[lo]!);
  let g = e[lo]!;
  for (let i = lo; i < hi; i++) {
    rotate(f, g);
    const { c, s } = rotation;
    right[rightAt++] = c;
    right[rightAt++] = s;
    if (i > lo) e[i - 1] = rotation.r;
    f = c * d[i]! + s * e[i]!;
    e[i] = c * e[i]! - s * d[i]!;
    g = s * d[i + 1]!;
    d[i + 1] = c * d[i + 1]!;
    rotate(f, g);
    left[leftAt++] = rotation.c;
    left[leftAt++] = rotation.s;
    d[i] = rotation.r;
    f = rotation.c * e[i]! + rotation.s * d[i + 1]!;
    d[i + 1] = rotation.c * d[i + 1]! - rotation.s * e[i]!;
    if (i + 1 < hi) {
      g = rotation.s * e[i + 1]!;
      e[i + 1] = rotation.c * e[i + 1]!;
    }
  }
  e[hi - 1] = f;
}

/** Zeroes a negligible e in the block, -1 when one was found; else a lower bound of the block's least singular value. */
function deflate(d: Float64Array, e: Float64Array, lo: number, hi: number, floor: number): number {
  if (Math.abs(e[hi - 1]!) <= Math.max(floor, TOLERANCE * Math.abs(d[hi]!))) {
    e[hi - 1] = 0;
    return -1;
  }
  let mu = Math.abs(d[lo]!);
  let least = mu;
  for (let i = lo; i < hi; i++) {
    const size = Math.abs(e[i]!);
    if (size <= Math.max(floor, TOLERANCE * mu)) {
      e[i] = 0;
      return -1;
    }
    mu = Math.abs(d[i + 1]!) * (mu / (mu + size));
    least = Math.min(least, mu);
  }
  return least;
}

/**
 * The shift of the next sweep, 0 where a shift would cost relative accuracy. With known values, the one closest to what
 * the end of the block suggests: it takes about one sweep for a value instead of one and a half.
 */
function shiftOf(d: Float64Array, e: Float64Array, { lo, hi }: Block, least: number, known?: Float64Array): number {
  let most = Math.abs(d[hi]!);
  for (let i = lo; i < hi; i++) most = Math.max(most, Math.abs(d[i]!), Math.abs(e[i]!));
  if (!(d.length * TOLERANCE * (least / most) > EPS)) return 0;
  const estimate = smallerOfTwo(d[hi - 1]!, e[hi - 1]!, d[hi]!);
  const shift = known ? closest(known, estimate) : estimate;
  return (shift / d[lo]!) ** 2 < EPS ? 0 : shift;
}

/** Reversing d and e transposes the block and keeps its values. */
function reverse(d: Float64Array, e: Float64Array, lo: number, hi: number): void {
  d.subarray(lo, hi + 1).reverse();
  e.subarray(lo, hi).reverse();
}

/** Deflates the block or sweeps over it, from its other end when it is flipped; whether it swept. */
function step(
  d: Float64Array,
  e: Float64Array,
  block: Block,
  floor: number,
  left: Sweeps,
  right: Sweeps,
  known?: Float64Array,
): boolean {
  const { lo, hi, flipped } = block;
  if (flipped) reverse(d, e, lo, hi);
  const least = deflate(d, e, lo, hi, floor);
  if (least >= 0) {
    const shift = shiftOf(d, e, block, least, known);
    const [first, way] = flipped ? ([hi, -1] as const) : ([lo, 1] as const);
    const leftAt = left.begin(first, hi - lo, way);
    const rightAt = right.begin(first, hi - lo, way);
    // Flipped, the block is transposed as well: what its sweep does on the right is done on the left.
    const pairs = flipped
      ? { left: right.pairs, leftAt: rightAt, right: left.pairs, rightAt: leftAt }
      : { left: left.pairs, leftAt, right: right.pairs, rightAt };
    if (shift === 0) sweepZero(d, e, lo, hi, pairs);
    else sweepShifted(d, e, lo, hi, shift, pairs);
  }
  if (flipped) reverse(d, e, lo, hi);
  return least >= 0;
}

interface Block {
  lo: number;
  hi: number;
  flipped: boolean;
}

/**
 * Makes the upper bidiagonal matrix B with diagonal d and superdiagonal e diagonal, in place: implicit QR with and
 * without shift. The rotations go to `left` and `right`: applied to the rows of U' and V' of A = U B V', they keep the
 * product. The entries of d end as the singular values in no order and with any sign. `known` values, descending, save sweeps.
 *
 * Demmel and Kahan 1990, "Accurate singular values of bidiagonal matrices", https://doi.org/10.1137/0911052
 */
export function diagonalize(d: Float64Array, e: Float64Array, left: Sweeps, right: Sweeps, known?: Float64Array): void {
  const limit = 40 * d.length;
  let hi = d.length - 1;
  let block: Block = { lo: 0, hi: -1, flipped: false };
  let count = 0;
  let stuck = 0;
  while (hi > 0) {
    if (e[hi - 1] === 0) {
      hi--;
      continue;
    }
    let lo = hi - 1;
    while (lo > 0 && e[lo - 1] !== 0) lo--;
    // Sweeps run from the large end to the small one.
    const fresh = lo > block.hi || hi < block.lo;
    stuck = lo === block.lo && hi === block.hi ? stuck + 1 : 0;
    block = { lo, hi, flipped: fresh ? Math.abs(d[lo]!) < Math.abs(d[hi]!) : block.flipped };
    // A block that resists is finished to absolute accuracy, which is all that the reduction before promises.
    const floor = count > limit ? EPS * Math.max(Math.abs(d[lo]!), Math.abs(d[hi]!)) : 1e-300;
    if (step(d, e, block, floor, left, right, stuck < 4 ? known : undefined)) count++;
    if (count > 2 * limit) throw new Error(`svd: no convergence after ${count} sweeps`);
  }
  left.flush();
  right.flush();
}

/** Whether squares of the entries neither over- nor underflow, with room for what is made of them. */
function squareSafely(d: Float64Array, e: Float64Array): boolean {
  const inside = (x: number) => x > 1e-120 && x < 1e120;
  return d.every((x) => inside(Math.abs(x))) && e.every((x) => x === 0 || inside(Math.abs(x)));
}

/** The values by {@link qdValues}, descending, where squares are safe. */
export function valuesBySquares(d: Float64Array, e: Float64Array): Float64Array | undefined {
  const square = (x: number) => x * x;
  const squares = squareSafely(d, e) ? qdValues(d.map(square), e.map(square)) : undefined;
  const good = squares?.every((x) => x > 1e-280 && x < Number.POSITIVE_INFINITY);
  return good ? squares!.map(Math.sqrt).sort().reverse() : undefined;
}

/**
 * The singular values of the upper bidiagonal matrix with diagonal d and superdiagonal e, descending; both are
 * overwritten. By {@link qdValues} where squares are safe, else by {@link diagonalize}.
 */
export function bidiagonalValues(d: Float64Array, e: Float64Array): Float64Array {
  const values = valuesBySquares(d, e);
  if (values) return values;
  diagonalize(d, e, noSweeps(d.length), noSweeps(d.length));
  return d.map(Math.abs).sort().reverse();
}
