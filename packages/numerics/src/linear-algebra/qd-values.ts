const TOLERANCE = (8 * 2 ** -53) ** 2;

/** A part of the arrays that is iterated by itself: the squares are its own plus sigma (+ rest, what sigma cannot hold). */
interface Part {
  lo: number;
  hi: number;
  sigma: number;
  rest: number;
}

/** The smallest d of a transform, over all places, without the last one, without the last two; and its last three. */
interface Trace {
  min: number;
  min1: number;
  min2: number;
  last: number;
  last1: number;
  last2: number;
}

/** The differential transform with shift: from the arrays q, e of the part to those of the matrix less `shift`. */
function transform(
  q: Float64Array,
  e: Float64Array,
  p: Float64Array,
  f: Float64Array,
  part: Part,
  shift: number,
): Trace {
  const { lo, hi } = part;
  let d = q[lo]! - shift;
  let [min, min1, min2, last1, last2] = [d, d, d, d, d];
  for (let k = lo; k < hi; k++) {
    const ek = e[k]!;
    const pk = d + ek;
    const ratio = q[k + 1]! / pk;
    p[k] = pk;
    f[k] = ek * ratio;
    last2 = last1;
    last1 = d;
    min2 = min1;
    min1 = min;
    d = d * ratio - shift;
    // Keeps NaN, which a comparison would lose.
    min = Math.min(d, min);
  }
  p[hi] = d;
  return { min, min1, min2, last: d, last1, last2 };
}

/** What the eigenvector's entries above the last one weigh, squared, or 1 when they do not fall. */
function weightAbove(q: Float64Array, e: Float64Array, lo: number, hi: number): number {
  let weight = 0;
  let term = 1;
  for (let k = hi - 1; k >= lo; k--) {
    if (e[k]! > q[k]!) return 1;
    term *= e[k]! / q[k]!;
    weight += term;
    if (weight > 0.6 || 100 * term < weight) break;
  }
  return 1.05 * weight;
}

/** A lower estimate of the last eigenvalue where it stands apart: of the last 2 x 2 block less what couples it. */
function isolated(q: Float64Array, e: Float64Array, hi: number, { min, min2, last }: Trace): number {
  const coupling = Math.sqrt(q[hi]! * e[hi - 1]!);
  const above = Math.sqrt(q[hi - 1]! * e[hi - 2]!);
  const next = q[hi - 1]! + e[hi - 1]!;
  const far = 0.75 * min2 - next;
  const gap = next - last - (far > above ? (above / far) * above : coupling + above);
  if (gap > coupling) return Math.max(last - (coupling / gap) * coupling, min / 2);
  const low = last > coupling ? last - coupling : 0;
  return Math.max(next > coupling + above ? Math.min(low, next - coupling - above) : low, min / 3);
}

/** The next shift, at most about the least eigenvalue. */
function nextShift(q: Float64Array, e: Float64Array, { lo, hi }: Part, trace: Trace): number {
  const { min, min1, last, last1 } = trace;
  if (!(min > 0)) return 0;
  if (min !== last) return min / 4;
  if (last1 === min1 && hi - lo >= 2) return isolated(q, e, hi, trace);
  const weight = weightAbove(q, e, lo, hi);
  return weight < 0.563 ? (last * (1 - Math.sqrt(weight))) / (1 + weight) : min / 4;
}

function addShift(part: Part, shift: number): void {
  const { sigma, rest } = part;
  if (shift < sigma) {
    part.sigma = sigma + (rest + shift);
    part.rest = rest + shift - (part.sigma - sigma);
  } else {
    part.sigma = sigma + shift;
    part.rest = sigma - (part.sigma - shift) + rest;
  }
}

/** The eigenvalues of the 2 x 2 block at k, larger first. */
function pair(q: Float64Array, e: Float64Array, k: number): [number, number] {
  const high = Math.max(q[k]!, q[k + 1]!);
  const low = Math.min(q[k]!, q[k + 1]!);
  const t = 0.5 * (high - low + e[k]!);
  if (!(e[k]! > low * TOLERANCE) || t === 0) return [high, low];
  const product = low * (e[k]! / t);
  const s =
    product <= t
      ? low * (e[k]! / (t * (1 + Math.sqrt(1 + product / t))))
      : low * (e[k]! / (t + Math.sqrt(t) * Math.sqrt(t + product)));
  const top = high + (s + e[k]!);
  return [top, low * (high / top)];
}

/** Takes what has converged off the end of the part; the values go to `out`, where nothing of the part is left. */
function deflate(q: Float64Array, e: Float64Array, part: Part, trace: Trace, out: Float64Array): void {
  const { lo, sigma } = part;
  while (part.hi >= lo) {
    const { hi } = part;
    if (hi === lo || e[hi - 1]! <= TOLERANCE * (sigma + q[hi]!)) {
      out[hi] = sigma + q[hi]!;
      part.hi--;
      [trace.min, trace.min1] = [trace.min1, trace.min2];
      [trace.last, trace.last1] = [trace.last1, trace.last2];
    } else if (hi === lo + 1) {
      const [high, low] = pair(q, e, lo);
      out[hi] = sigma + low;
      out[lo] = sigma + high;
      part.hi = lo - 1;
    } else return;
  }
}

/** One step: a transform with a shift that turned out to be low enough; false when there is none. */
function step(now: Float64Array[], next: Float64Array[], part: Part, trace: Trace): Trace | undefined {
  const [q, e] = now as [Float64Array, Float64Array];
  const [p, f] = next as [Float64Array, Float64Array];
  let shift = nextShift(q, e, part, trace);
  for (let attempt = 0; ; attempt++) {
    if (attempt > 3) shift = 0;
    const made = transform(q, e, p, f, part, shift);
    if (made.min >= 0) {
      addShift(part, shift);
      return made;
    }
    if (shift === 0) return undefined;
    // When only the last d is negative, the shift is too large by about that much.
    const late = made.min1 > 0 && shift + made.last > 0;
    shift = late ? (shift + made.last) * (1 - 2 ** -51) : shift / 4;
  }
}

/** The start of the last part of lo..hi whose e are all above `floor`. */
function splitAt(e: Float64Array, lo: number, hi: number, floor: number): number {
  let k = hi;
  while (k > lo && e[k - 1]! > floor) k--;
  return k;
}

/**
 * The squares of the singular values of the upper bidiagonal matrix with squared diagonal q and squared superdiagonal e,
 * in no order, each to a few roundings times the size: the differential quotient-difference algorithm with shifts. Both
 * arrays are overwritten. Undefined where it does not work out: for zeros in q, under- or overflow.
 *
 * Fernando and Parlett 1994, "Accurate singular values and differential qd algorithms", https://doi.org/10.1007/s002110050024;
 * Parlett and Marques 2000, "An implementation of the dqds algorithm", https://doi.org/10.1016/S0024-3795(00)00010-0
 */
export function qdValues(q: Float64Array, e: Float64Array): Float64Array | undefined {
  const out = new Float64Array(q.length);
  let now: Float64Array[] = [q, e];
  let next: Float64Array[] = [new Float64Array(q.length), new Float64Array(e.length)];
  const parts: Part[] = [{ lo: 0, hi: q.length - 1, sigma: 0, rest: 0 }];
  let budget = 20 * q.length + 100;
  for (let part = parts.pop(); part; part = parts.pop()) {
    let trace: Trace = { min: 0, min1: 0, min2: 0, last: 0, last1: 0, last2: 0 };
    let fresh = true;
    while (part.hi >= part.lo) {
      const [qs, es] = now as [Float64Array, Float64Array];
      deflate(qs, es, part, trace, out);
      if (part.hi < part.lo) break;
      const { lo, hi, sigma, rest } = part;
      const start = splitAt(es, lo, hi, TOLERANCE * sigma);
      if (start > lo) {
        parts.push({ lo, hi: start - 1, sigma, rest });
        part.lo = start;
        // The other part's entries have to be where the next step looks for them.
        next[0]!.set(qs.subarray(lo, start), lo);
        next[1]!.set(es.subarray(lo, start), lo);
        fresh = true;
        continue;
      }
      if (fresh && qs[hi]! > 1.5 * qs[lo]!) {
        qs.subarray(lo, hi + 1).reverse();
        es.subarray(lo, hi).reverse();
      }
      if (fresh) trace = { min: 0, min1: 0, min2: 0, last: 0, last1: 0, last2: 0 };
      fresh = false;
      const made = --budget > 0 ? step(now, next, part, trace) : undefined;
      if (!made) return undefined;
      trace = made;
      [now, next] = [next, now];
    }
  }
  return out;
}
