import { checkRange } from '@weightkit/numerics/check';

/** The mean of some numbers with its interval. */
export interface MeanInterval {
  mean: number;
  low: number;
  high: number;
}

/** 97.5 % quantiles of Student's t distribution for 1, 2, ... 30 degrees of freedom: the published table, in five digits. */
const QUANTILES = [
  12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814, 2.20099, 2.17881, 2.16037,
  2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596, 2.07961, 2.07387, 2.06866, 2.0639, 2.05954, 2.05553,
  2.05183, 2.04841, 2.04523, 2.04227,
];
/** That of the normal distribution. */
const Z = 1.959963984540054;

/** Beyond the table by the expansion in powers of 1 / degrees (Peizer and Pratt 1968), whose error there is below 1e-4. */
function quantile(degrees: number): number {
  const known = QUANTILES[degrees - 1];
  if (known !== undefined) return known;
  return Z + (Z ** 3 + Z) / (4 * degrees) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * degrees ** 2);
}

/**
 * The mean of two or more numbers with its 95 % interval by Student's t: what is said of the law that they come from, as the effect over
 * seeds. For pairs, such as two starts by one seed, give their differences.
 *
 * @throws RangeError for less than two numbers, or one that is not finite
 */
export function meanInterval(values: readonly number[]): MeanInterval {
  checkRange(values.length >= 2, 'meanInterval: values must be two or more', values.length);
  for (const value of values) checkRange(Number.isFinite(value), 'meanInterval: values must be finite', value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = quantile(values.length - 1) * Math.sqrt(variance / values.length);
  return { mean, low: mean - half, high: mean + half };
}
