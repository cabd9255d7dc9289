import { foldIn, type MatrixShape, permutation, randomKey, singularValues } from '@weightkit/numerics';
import { checkInteger, checkSeed } from '@weightkit/numerics/check';
import type { Values } from '../values/read-values.ts';

/** Options of {@link randomized}. */
export interface RandomizedOptions {
  /**
   * How many times the entries are put in another order: an integer from 1 to 1000.
   * @defaultValue 5
   */
  samples?: number;
  /**
   * Seed of the orders: a safe integer.
   * @defaultValue 0
   */
  seed?: number;
}

/** The singular values of a weight beside those of its entries in random order. */
export interface Randomized {
  /** The largest singular value of each order. */
  largest: Float64Array;
  /** How many singular values of the weight are above the largest of all orders: directions that its entries alone do not explain. */
  above: number;
  /** Largest singular value of the orders over that of the weight, squared; `ww_softrank` of weightwatcher. 1 for zeros. */
  softRank: number;
  /** The Kolmogorov-Smirnov distance between the singular values of the weight and those of all orders, from 0 to 1. */
  distance: number;
}

/** Throws unless these are options of a randomized comparison. */
export function checkRandomized(fn: string, { samples = 5, seed = 0 }: RandomizedOptions): void {
  checkInteger(fn, 'samples', samples, 1, 1000);
  checkSeed(fn, seed);
}

/** The largest difference between the distribution functions of ascending values. */
function distanceBetween(a: Float64Array, b: Float64Array): number {
  let [i, j, worst] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= at) i++;
    while (j < b.length && b[j]! <= at) j++;
    worst = Math.max(worst, Math.abs(i / a.length - j / b.length));
  }
  return worst;
}

/** Of finite entries and their singular values in descending order. */
export function randomizedOf(
  entries: Values,
  shape: MatrixShape,
  sigma: Float64Array,
  { samples = 5, seed = 0 }: RandomizedOptions = {},
): Randomized {
  const key = randomKey(seed, 'randomized');
  const all = new Float64Array(samples * sigma.length);
  const largest = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    const order = permutation(entries.length, foldIn(key, i));
    const values = singularValues(
      Float64Array.from(order, (from) => entries[from]!),
      shape,
    );
    all.set(values, i * sigma.length);
    largest[i] = values[0]!;
  }
  const most = largest.reduce((a, b) => Math.max(a, b), 0);
  // Orders of equal entries have the same values but for rounding.
  const border = most * (1 + Math.max(shape.rows, shape.cols) * Number.EPSILON);
  return {
    largest,
    above: sigma.filter((value) => value > border).length,
    softRank: sigma[0] === 0 ? 1 : (most / sigma[0]!) ** 2,
    distance: distanceBetween(sigma.slice().sort(), all.sort()),
  };
}
