import { checkFloats } from '../check-floats.ts';
import { BASE, CHUNK, inChunks, sharedKernels } from '../wasm/instance.ts';

/** What {@link moments} returns. With no finite entry: mean to max NaN, the rest 0. */
export interface Moments {
  /** Number of finite entries; every field but `nonFinite` is about these alone. */
  count: number;
  /** Mean. */
  mean: number;
  /** Population standard deviation: sqrt(mean of (x - mean)^2). */
  std: number;
  /** Mean of ((x - mean) / std)^3; NaN when std is 0. */
  skewness: number;
  /** Excess kurtosis: mean of ((x - mean) / std)^4, minus 3; NaN when std is 0. */
  kurtosis: number;
  /** Least entry. */
  min: number;
  /** Greatest entry. */
  max: number;
  /** Sum of |x|. */
  l1: number;
  /** sqrt(sum of x^2). */
  l2: number;
  /** Number of entries equal to 0, -0 included. */
  zeros: number;
  /** Number of NaN and infinite entries. */
  nonFinite: number;
}

/** Running sums: n, mean, the central sums of powers 2 to 4, min, max, sum |x|, sum x^2, zeros, nonFinite. */
export interface Sums {
  n: number;
  mean: number;
  m2: number;
  m3: number;
  m4: number;
  min: number;
  max: number;
  l1: number;
  squares: number;
  zeros: number;
  nonFinite: number;
}

const BLOCK = 2048;

export const noSums = (): Sums => ({
  n: 0,
  mean: 0,
  m2: 0,
  m3: 0,
  m4: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  l1: 0,
  squares: 0,
  zeros: 0,
  nonFinite: 0,
});

/**
 * Adds the sums of another stretch of data to `a`.
 *
 * Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments",
 * https://doi.org/10.2172/1028931
 */
export function mergeSums(a: Sums, b: Sums): void {
  a.l1 += b.l1;
  a.squares += b.squares;
  a.zeros += b.zeros;
  a.nonFinite += b.nonFinite;
  if (b.n === 0) return;
  const n = a.n + b.n;
  const d = b.mean - a.mean;
  const dn = d / n;
  const product = a.n * b.n;
  a.m4 +=
    b.m4 +
    d * dn * dn * dn * product * (a.n * a.n - product + b.n * b.n) +
    6 * dn * dn * (a.n * a.n * b.m2 + b.n * b.n * a.m2) +
    4 * dn * (a.n * b.m3 - b.n * a.m3);
  a.m3 += b.m3 + d * dn * dn * product * (a.n - b.n) + 3 * dn * (a.n * b.m2 - b.n * a.m2);
  a.m2 += b.m2 + d * dn * product;
  a.mean = a.n === 0 ? b.mean : a.mean + dn * b.n;
  a.n = n;
  a.min = Math.min(a.min, b.min);
  a.max = Math.max(a.max, b.max);
}

/** The sums of one block that fits the cache: first its mean, then the powers about that mean. */
function blockSums(x: Float32Array | Float64Array, from: number, to: number, scale: number): Sums {
  const s = noSums();
  let sum = 0;
  for (let i = from; i < to; i++) {
    const value = x[i]! * scale;
    if (value - value !== 0) {
      s.nonFinite++;
      continue;
    }
    s.n++;
    sum += value;
    s.l1 += Math.abs(value);
    s.squares += value * value;
    if (value === 0) s.zeros++;
    if (value < s.min) s.min = value;
    if (value > s.max) s.max = value;
  }
  if (s.n === 0) return s;
  s.mean = sum / s.n;
  let m1 = 0;
  for (let i = from; i < to; i++) {
    const d = x[i]! * scale - s.mean;
    if (d - d !== 0) continue;
    const dd = d * d;
    m1 += d;
    s.m2 += dd;
    s.m3 += dd * d;
    s.m4 += dd * dd;
  }
  // The rounded mean is off by e = m1 / n; these are the sums about the mean itself, to first order in e.
  const e = m1 / s.n;
  s.mean += e;
  s.m4 -= 4 * e * s.m3;
  s.m3 -= 3 * e * s.m2;
  s.m2 -= e * m1;
  return s;
}

/** The sums of all of `x * scale`; the reference that the kernel agrees with to the last few digits. */
export function sumsReference(x: Float32Array | Float64Array, scale: number): Sums {
  const total = noSums();
  for (let i = 0; i < x.length; i += BLOCK) mergeSums(total, blockSums(x, i, Math.min(x.length, i + BLOCK), scale));
  return total;
}

/** The sums by the kernel, which leaves blocks with non-finite entries to the reference; null without a kernel. */
function sumsByKernel(x: Float32Array | Float64Array): Sums | null {
  const kernels = sharedKernels(8 * CHUNK + (CHUNK / BLOCK) * 80);
  if (!kernels) return null;
  const blockSumsOf = x instanceof Float32Array ? kernels.blockSums32 : kernels.blockSums64;
  const results = BASE + 8 * CHUNK;
  const fields = new Float64Array(kernels.memory.buffer, results, (CHUNK / BLOCK) * 10);
  const total = noSums();
  inChunks(kernels, x, (start, n) => {
    blockSumsOf(BASE, n, BLOCK, results);
    for (let i = 0, p = 0; i < n; i += BLOCK, p += 10) {
      const from = start + i;
      const to = start + Math.min(n, i + BLOCK);
      mergeSums(total, fields[p] === -1 ? blockSums(x, from, to, 1) : fromFields(fields.subarray(p, p + 10)));
    }
  });
  return total;
}

/** The kernel's report of a block without non-finite entries. */
function fromFields(fields: Float64Array): Sums {
  const [n = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0, min = 0, max = 0, l1 = 0, squares = 0, zeros = 0] = fields;
  return { n, mean, m2, m3, m4, min, max, l1, squares, zeros, nonFinite: 0 };
}

/** The power of two that brings the largest entry near 1 when fourth powers would leave float64's range, else 1. */
export function rescale({ n, min, max }: Pick<Sums, 'n' | 'min' | 'max'>): number {
  const largest = Math.max(max, -min);
  if (n === 0 || largest === 0 || (largest < 1e70 && largest > 1e-70)) return 1;
  return 2 ** -Math.max(-1022, Math.min(1022, Math.floor(Math.log2(largest))));
}

/** What the sums of `x * scale` say about x. */
export function momentsOf(s: Sums, scale: number): Moments {
  const empty = s.n === 0;
  const constant = s.min === s.max;
  const variance = constant ? 0 : s.m2 / s.n;
  const std = Math.sqrt(variance);
  const spread = variance > 0 ? variance : Number.NaN;
  return {
    count: s.n,
    mean: empty ? Number.NaN : (constant ? s.min : s.mean) / scale,
    std: empty ? Number.NaN : std / scale,
    skewness: s.m3 / s.n / (spread * std),
    kurtosis: s.m4 / s.n / (spread * spread) - 3,
    min: empty ? Number.NaN : s.min / scale,
    max: empty ? Number.NaN : s.max / scale,
    l1: s.l1 / scale,
    l2: Math.sqrt(s.squares) / scale,
    zeros: s.zeros,
    nonFinite: s.nonFinite,
  };
}

/**
 * Count, mean, standard deviation, skewness, excess kurtosis, extremes, norms, zeros and non-finite entries in one
 * pass, accumulated in float64 about the mean of each block, so that a large mean does not cancel.
 *
 * Population formulas, as `numpy.std`, `scipy.stats.skew` and `scipy.stats.kurtosis` by default. Non-finite entries are
 * counted and left out of everything else. Entries as large or small as float64 holds are scaled by a power of two.
 *
 * @param x - any length; empty gives NaN for mean to max and 0 for the rest
 * @throws TypeError unless x is a Float32Array or Float64Array
 */
export function moments(x: Float32Array | Float64Array): Moments {
  checkFloats('moments', x);
  const sums = sumsByKernel(x) ?? sumsReference(x, 1);
  const scale = rescale(sums);
  if (scale === 1) return momentsOf(sums, 1);
  // The scaled copy of a small entry may be 0, so that these three come from the first pass.
  const { min, max, zeros } = sums;
  return { ...momentsOf(sumsReference(x, scale), scale), min, max, zeros };
}
