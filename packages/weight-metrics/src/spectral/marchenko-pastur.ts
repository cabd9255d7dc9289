import { checkInteger, checkNumbers, checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';
import { bulkLaw, medianOf } from './marchenko-pastur-law.ts';

/** Options of {@link marchenkoPastur}. */
export interface MarchenkoPasturOptions {
  /** Rows of the matrix: an integer of 1 or more. */
  rows: number;
  /** Its columns: an integer of 1 or more. */
  cols: number;
}

/** How the singular values of a matrix lie to those of independent entries. */
export interface MarchenkoPastur {
  /** The standard deviation of independent entries whose median singular value is that of the matrix. */
  sigma: number;
  /** Between which singular values the bulk of such a matrix lies: σ (√N - √M) and σ (√N + √M), N rows and M columns or the other way round. */
  bulk: [low: number, high: number];
  /** Above this the largest singular value of independent normal entries is in one of a hundred matrices. */
  threshold: number;
  /** How many singular values are above the threshold. */
  spikes: number;
  /** The upper end of the bulk over the largest singular value, squared: `mp_softrank` of weightwatcher. Small where something stands out. */
  softRank: number;
  /** The Kolmogorov-Smirnov distance between the values that are no spikes and the law of the bulk, from 0 to 1. */
  distance: number;
}

/** What the largest eigenvalue of real Wishart matrices, centered and scaled, is above in 1 % of cases: the law of Tracy and Widom, β = 1. */
const ONE_PERCENT = 2.0234;

/** The largest eigenvalue of σ = 1 that is above others in 1 % of matrices, Johnstone 2001, section 1.2. */
function thresholdOf(n: number, m: number): number {
  const [a, b] = [Math.sqrt(Math.max(1, n - 1)), Math.sqrt(m)];
  return (a + b) ** 2 + ONE_PERCENT * (a + b) * (1 / a + 1 / b) ** (1 / 3);
}

/** The middle one of ascending values, or the mean of the two. */
const middle = (values: Float64Array): number =>
  (values[Math.floor((values.length - 1) / 2)]! + values[Math.ceil((values.length - 1) / 2)]!) / 2;

/** The largest difference between two distribution functions, that of ascending values and a continuous one. */
function distanceTo(values: Float64Array, share: (x: number) => number): number {
  let worst = 0;
  for (const [i, value] of values.entries()) {
    const at = share(value);
    worst = Math.max(worst, at - i / values.length, (i + 1) / values.length - at);
  }
  return worst;
}

/** The fit to finite singular values of 0 or more, as many as the shorter side has. */
export function marchenkoPasturOf(values: Float64Array, { rows, cols }: MarchenkoPasturOptions): MarchenkoPastur {
  const [n, m] = [Math.max(rows, cols), Math.min(rows, cols)];
  const law = bulkLaw(m / n);
  const sorted = values.slice().sort();
  const sigma = middle(sorted) / Math.sqrt(n * medianOf(law));
  const ends = [law.low, law.high].map((end) => sigma * Math.sqrt(n * end)) as [number, number];
  const threshold = sigma * Math.sqrt(thresholdOf(n, m));
  const inside = sorted.filter((value) => value <= threshold);
  const unit = sigma * Math.sqrt(n);
  const largest = sorted[sorted.length - 1]!;
  return {
    sigma,
    bulk: ends,
    threshold,
    spikes: sorted.length - inside.length,
    softRank: largest === 0 ? 1 : (ends[1] / largest) ** 2,
    distance: sigma === 0 ? Math.sign(largest) : distanceTo(inside, (value) => law.share((value / unit) ** 2)),
  };
}

/**
 * Compares singular values with those of a matrix of independent entries, of which nothing was learned: they fill the bulk of Marchenko and
 * Pastur 1967 and leave it nowhere. σ comes from the median, which a few large values do not move (Gavish and Donoho 2014,
 * https://arxiv.org/abs/1305.5870, section D); values above the threshold are spikes, of which a matrix of independent normal entries has
 * one in a hundred cases (Johnstone 2001, https://doi.org/10.1214/aos/1009210544). Of a matrix of zeros σ and the distance are 0.
 *
 * Where more than half of the values are of something learned, there is no bulk to find σ from, and `distance` is large.
 *
 * @example
 * const w = tf.randomNormal([60, 40], 0, 0.1, 'float32', 1);
 * const { sigma, spikes } = marchenkoPastur(await spectrum(w), { rows: 60, cols: 40 });
 * console.log(sigma.toFixed(2), spikes); // -> 0.10 0
 *
 * @param values - the singular values of a matrix, all of them, in any order: finite, 0 or more; borrowed
 * @param options - the shape of the matrix
 * @returns σ, the bulk and what leaves it
 * @throws RangeError unless there are min(rows, cols) values, finite and 0 or more; TypeError for anything but a list of numbers
 */
export function marchenkoPastur(values: ArrayLike<number>, options: MarchenkoPasturOptions): MarchenkoPastur {
  const fn = 'marchenkoPastur';
  checkNumbers(
    `${fn}: values must be finite numbers of 0 or more`,
    values,
    (x) => x >= 0 && x < Number.POSITIVE_INFINITY,
  );
  checkPlainObject(`${fn}: options must be a plain object`, options);
  checkOptions(fn, options, ['rows', 'cols']);
  const { rows, cols } = options;
  checkInteger(fn, 'rows', rows, 1);
  checkInteger(fn, 'cols', cols, 1);
  checkRange(values.length === Math.min(rows, cols), `${fn}: values must be ${Math.min(rows, cols)}`, values.length);
  return marchenkoPasturOf(Float64Array.from(values), { rows, cols });
}
