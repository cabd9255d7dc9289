import { checkNumber, checkType } from '../check.ts';
import { type Moments, mergeSums, momentsOf, noSums, rescale, type Sums } from './moments.ts';

const FIELDS = [
  'count',
  'mean',
  'std',
  'skewness',
  'kurtosis',
  'min',
  'max',
  'l1',
  'l2',
  'zeros',
  'nonFinite',
] as const satisfies readonly (keyof Moments)[];
const COUNTS: readonly string[] = ['count', 'zeros', 'nonFinite'];

function checkMoments(what: string, m: Moments): void {
  checkType(typeof m === 'object' && m !== null, `mergeMoments: ${what} must be a result of moments`, m);
  for (const field of FIELDS) {
    const rule = `mergeMoments: ${what}.${field} must be as moments gives it`;
    if (COUNTS.includes(field)) checkNumber(rule, m[field], (n) => Number.isSafeInteger(n) && n >= 0);
    else checkType(typeof m[field] === 'number', rule, m[field]);
  }
}

/** The sums that moments came from, of the entries times `scale`. */
function sumsOf(m: Moments, scale: number): Sums {
  const { count: n, zeros, nonFinite } = m;
  if (n === 0) return { ...noSums(), zeros, nonFinite };
  const spread = m.std * scale;
  const m2 = spread * spread * n;
  const even = m.std === 0;
  return {
    n,
    mean: m.mean * scale,
    m2,
    m3: even ? 0 : m.skewness * spread * m2,
    m4: even ? 0 : (m.kurtosis + 3) * spread * spread * m2,
    min: m.min * scale,
    max: m.max * scale,
    l1: m.l1 * scale,
    squares: (m.l2 * scale) ** 2,
    zeros,
    nonFinite,
  };
}

/**
 * The moments of two stretches of data together, from the moments of each: for data that is read in pieces. Counts and extremes
 * are exact, the others rounded a few times more than by one call.
 *
 * Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments",
 * https://doi.org/10.2172/1028931
 *
 * @example
 * ```js
 * import { mergeMoments, moments } from '@weightkit/numerics';
 * const { count, mean, max } = mergeMoments(moments(Float32Array.of(1, 2)), moments(Float32Array.of(6)));
 * console.log(count, mean, max); // -> 3 3 6
 * ```
 *
 * @param a - of `moments`, or of this function
 * @param b - the same
 * @returns new moments
 * @throws TypeError or RangeError when a or b has not the fields of moments
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  checkMoments('a', a);
  checkMoments('b', b);
  const least = (m: Moments) => (m.count === 0 ? Number.POSITIVE_INFINITY : m.min);
  const greatest = (m: Moments) => (m.count === 0 ? Number.NEGATIVE_INFINITY : m.max);
  const [n, min, max] = [a.count + b.count, Math.min(least(a), least(b)), Math.max(greatest(a), greatest(b))];
  const scale = rescale({ n, min, max });
  const sums = sumsOf(a, scale);
  mergeSums(sums, sumsOf(b, scale));
  const merged = momentsOf(sums, scale);
  return n === 0 ? merged : { ...merged, min, max };
}
