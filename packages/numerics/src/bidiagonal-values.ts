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
const rotation = { c: 1, s: 0, r: 0 };

/** The plane rotation with c f + s g = r and c g - s f = 0. */
function rotate(f: number, g: number): void {
  let square = f * f + g * g;
  let scale = 1;
  if (square < 1e-280) {
    scale = Math.max(Math.abs(f), Math.abs(g));
    if (scale > 0) square = (f / scale) ** 2 + (g / scale) ** 2;
  }
  const r = scale * Math.sqrt(square);
  rotation.r = r;
  rotation.c = r === 0 ? 1 : f / r;
  rotation.s = r === 0 ? 0 : g / r;
}

/** One QR sweep without shift over d[lo..hi]: every singular value keeps its relative accuracy. */
function sweepZero(d: Float64Array, e: Float64Array, lo: number, hi: number): void {
  let c = 1;
  let lastC = 1;
  let lastS = 0;
  for (let i = lo; i < hi; i++) {
    rotate(d[i]! * c, e[i]!);
    c = rotation.c;
    const s = rotation.s;
    if (i > lo) e[i - 1] = lastS * rotation.r;
    rotate(lastC * rotation.r, d[i + 1]! * s);
    lastC = rotation.c;
    lastS = rotation.s;
    d[i] = rotation.r;
  }
  const h = d[hi]! * c;
  d[hi] = h * lastC;
  e[hi - 1] = h * lastS;
}

/** One implicitly shifted QR sweep over d[lo..hi]. */
function sweepShifted(d: Float64Array, e: Float64Array, lo: number, hi: number, shift: number): void {
  let f = (Math.abs(d[lo]!) - shift) * (Math.sign(d[lo]!) + shift / d[lo]!);
  let g = e[lo]!;
  for (let i = lo; i < hi; i++) {
    rotate(f, g);
    const { c, s } = rotation;
    if (i > lo) e[i - 1] = rotation.r;
    f = c * d[i]! + s * e[i]!;
    e[i] = c * e[i]! - s * d[i]!;
    g = s * d[i + 1]!;
    d[i + 1] = c * d[i + 1]!;
    rotate(f, g);
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

function sweep(d: Float64Array, e: Float64Array, lo: number, hi: number, least: number): void {
  let most = Math.abs(d[hi]!);
  for (let i = lo; i < hi; i++) most = Math.max(most, Math.abs(d[i]!), Math.abs(e[i]!));
  let shift = 0;
  if (d.length * TOLERANCE * (least / most) > EPS) {
    shift = smallerOfTwo(d[hi - 1]!, e[hi - 1]!, d[hi]!);
    if ((shift / d[lo]!) ** 2 < EPS) shift = 0;
  }
  if (shift === 0) sweepZero(d, e, lo, hi);
  else sweepShifted(d, e, lo, hi, shift);
}

/**
 * The singular values of the upper bidiagonal matrix with diagonal d and superdiagonal e, descending; d and e are
 * overwritten. Implicit QR with and without shift.
 *
 * Demmel and Kahan 1990, "Accurate singular values of bidiagonal matrices", https://doi.org/10.1137/0911052
 */
export function bidiagonalValues(d: Float64Array, e: Float64Array): Float64Array {
  const limit = 40 * d.length;
  let hi = d.length - 1;
  let previous = [0, -1];
  let sweeps = 0;
  while (hi > 0) {
    if (e[hi - 1] === 0) {
      hi--;
      continue;
    }
    let lo = hi - 1;
    while (lo > 0 && e[lo - 1] !== 0) lo--;
    // Sweeps run from the large end to the small one; reversing d and e transposes and keeps the values.
    if ((lo > previous[1]! || hi < previous[0]!) && Math.abs(d[lo]!) < Math.abs(d[hi]!)) {
      d.subarray(lo, hi + 1).reverse();
      e.subarray(lo, hi).reverse();
    }
    previous = [lo, hi];
    // A block that resists is finished to absolute accuracy, which is all that the reduction before promises.
    const floor = sweeps > limit ? EPS * Math.max(Math.abs(d[lo]!), Math.abs(d[hi]!)) : 1e-300;
    const least = deflate(d, e, lo, hi, floor);
    if (least < 0) continue;
    sweep(d, e, lo, hi, least);
    if (++sweeps > 2 * limit) throw new Error(`singularValues: no convergence after ${sweeps} sweeps`);
  }
  for (let i = 0; i < d.length; i++) d[i] = Math.abs(d[i]!);
  return d.sort().reverse();
}
