import { closest } from './closest.ts';
import { qdValues } from './qd-values.ts';
import { rotate, rotation } from './rotation.ts';
import type { Sweeps } from './sweeps.ts';

const EPS = 2 ** -53;

/** The eigenvalue of the last 2 x 2 block that is closer to its last entry (Wilkinson 1968). */
function wilkinsonShift(d: Float64Array, e: Float64Array, hi: number): number {
  const half = (d[hi - 1]! - d[hi]!) / 2;
  const g = e[hi - 1]!;
  const root = Math.hypot(half, g);
  return d[hi]! - g * (g / (half + (half < 0 ? -root : root)));
}

/**
 * The eigenvalues to about 1e-15 of the largest, descending: those of T less a lower bound, which is L D L' with positive
 * D. Undefined where a squared entry vanishes or overflows.
 */
export function roughValues(d: Float64Array, e: Float64Array): Float64Array | undefined {
  const n = d.length;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const radius = Math.abs(e[i - 1] ?? 0) + Math.abs(e[i] ?? 0);
    low = Math.min(low, d[i]! - radius);
    high = Math.max(high, d[i]! + radius);
  }
  const bound = low - (high - low) * 1e-3;
  const q = d.map((x) => x - bound);
  const f = e.map((x) => x * x);
  for (let i = 0; i + 1 < n; i++) {
    f[i] = f[i]! / q[i]!;
    q[i + 1] = q[i + 1]! - f[i]!;
  }
  const values = q.every((x) => x > 0) ? qdValues(q, f)?.map((x) => x + bound) : undefined;
  return values?.every(Number.isFinite) ? values.sort().reverse() : undefined;
}

/** One implicitly shifted QR sweep over d[lo..hi]. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  lo: number,
  hi: number,
  shift: number,
  pairs: Float64Array,
  start: number,
): void {
  let f = d[lo]! - shift;
  let g = e[lo]!;
  let at = start;
  for (let i = lo; i < hi; i++) {
    rotate(f, g);
    const { c, s } = rotation;
    pairs[at++] = c;
    pairs[at++] = s;
    if (i > lo) e[i - 1] = rotation.r;
    const t = (d[i + 1]! - d[i]!) * s + 2 * c * e[i]!;
    d[i] = d[i]! + s * t;
    d[i + 1] = d[i + 1]! - s * t;
    e[i] = c * t - e[i]!;
    f = e[i]!;
    if (i + 1 < hi) {
      g = s * e[i + 1]!;
      e[i + 1] = c * e[i + 1]!;
    }
  }
}

/** Zeroes what is negligible in e; returns the last block that is left as [lo, hi], hi = 0 for none. */
function lastBlock(d: Float64Array, e: Float64Array, from: number, floor: number): [number, number] {
  const small = (i: number) => Math.abs(e[i]!) <= Math.max(EPS * (Math.abs(d[i]!) + Math.abs(d[i + 1]!)), floor);
  let hi = from;
  while (hi > 0 && small(hi - 1)) e[--hi] = 0;
  let lo = hi;
  while (lo > 0 && !small(lo - 1)) lo--;
  if (lo > 0) e[lo - 1] = 0;
  return [lo, hi];
}

/**
 * Makes the symmetric tridiagonal matrix T with diagonal d and e beside it diagonal, in place: implicit QR with Wilkinson's
 * shift, or the closest of {@link roughValues}, begun at the larger end of a block. The rotations go to `out`: applied to the rows of Q' of A = Q T Q', they
 * keep the product. The eigenvalues end in d, in no order.
 *
 * Dubrulle, Martin and Wilkinson 1968, "The implicit QL algorithm", https://doi.org/10.1007/BF02165404
 */
export function diagonalizeSymmetric(d: Float64Array, e: Float64Array, out: Sweeps): void {
  const limit = 40 * d.length;
  let size = 0;
  for (let i = 0; i < d.length; i++) size = Math.max(size, Math.abs(d[i]!), Math.abs(e[i] ?? 0));
  let floor = 1e-290;
  const known = roughValues(d, e);
  let block = { lo: 0, hi: -1, flipped: false };
  let stuck = 0;
  for (let count = 0, last = d.length - 1; ; count++) {
    // What resists is finished to absolute accuracy, which is all that the reduction before promises.
    if (count > limit) floor = EPS * size;
    const [lo, hi] = lastBlock(d, e, last, floor);
    if (hi <= 0) break;
    last = hi;
    const fresh = lo > block.hi || hi < block.lo;
    stuck = lo === block.lo && hi === block.hi ? stuck + 1 : 0;
    // The end is chosen once for a block: changing it halfway would undo what the sweeps have done.
    block = { lo, hi, flipped: fresh ? Math.abs(d[lo]!) < Math.abs(d[hi]!) : block.flipped };
    const { flipped } = block;
    const start = flipped ? out.begin(hi, hi - lo, -1) : out.begin(lo, hi - lo, 1);
    const turn = () => {
      d.subarray(lo, hi + 1).reverse();
      e.subarray(lo, hi).reverse();
    };
    if (flipped) turn();
    const estimate = wilkinsonShift(d, e, hi);
    sweep(d, e, lo, hi, known && stuck < 4 ? closest(known, estimate) : estimate, out.pairs, start);
    if (flipped) turn();
    if (count > 2 * limit) throw new Error(`eigh: no convergence after ${count} sweeps`);
  }
  out.flush();
}
