import type * as tf from '@tensorflow/tfjs-core';
import { solve } from '@weightkit/numerics';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { numbersOf, type Values } from '../values/read-values.ts';
import { conditionNumberOf } from './of-singular-values.ts';
import { readSpectrum } from './spectrum.ts';

/** In which norm: the spectral one, the largest sum of a column or of a row, the Frobenius norm, or the nuclear norm. */
export type ConditionNorm = 2 | 1 | 'inf' | 'fro' | 'nuc';

/** Options of {@link conditionNumber}. */
export interface ConditionNumberOptions {
  /**
   * The norm: 2; 1 or `'inf'`, the largest sum of magnitudes in a column or in a row, for square matrices; `'fro'` or `'nuc'`.
   * @defaultValue 2
   */
  norm?: ConditionNorm;
}

/** The largest sum of magnitudes in a column, or in a row, of a square matrix. */
function largestSum(a: Values, n: number, by: 1 | 'inf'): number {
  const sums = new Float64Array(n);
  for (let p = 0; p < a.length; p++) sums[by === 1 ? p % n : Math.floor(p / n)]! += Math.abs(a[p]!);
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** The product of the norms of a matrix that is not singular and of its inverse. */
function bySums(entries: Values, n: number, by: 1 | 'inf'): number {
  const identity = Float64Array.from({ length: n * n }, (_, p) => (p % (n + 1) === 0 ? 1 : 0));
  const { x } = solve(entries, identity, { size: n, cols: n });
  return largestSum(entries, n, by) * largestSum(x, n, by);
}

const sumOf = (values: Float64Array, term: (value: number) => number): number =>
  values.reduce((sum, value) => sum + term(value), 0);

/** The same in a norm of the singular values, which are those of the inverse of 1 / σ. */
function byValues(sigma: Float64Array, norm: 'fro' | 'nuc'): number {
  const [largest, smallest] = [sigma[0]!, sigma[sigma.length - 1]!];
  const scaled = sigma.map((value) => value / largest);
  const inverse = sigma.map((value) => smallest / value);
  const ratio = largest / smallest;
  if (norm === 'nuc') return sumOf(scaled, (value) => value) * sumOf(inverse, (value) => value) * ratio;
  return Math.sqrt(sumOf(scaled, (value) => value * value) * sumOf(inverse, (value) => value * value)) * ratio;
}

/**
 * The condition number ‖W‖ ‖W⁻¹‖: how much the weight can magnify a relative error; in the 2-norm, if no other is named, σ1 / σmin. A
 * matrix counts as singular, with condition number Infinity in every norm, when σmin ≤ σ1 · max(rows, cols) · 2^-52, which is where
 * `numpy.linalg.matrix_rank` puts the border; a matrix of zeros is singular too. Never NaN. As `numpy.linalg.cond`; the norms `'fro'` and
 * `'nuc'` are of the pseudo-inverse, which a matrix that is not square has too.
 *
 * @example
 * const w = tf.tensor2d([[3, 0], [0, -4]]);
 * console.log(await conditionNumber(w)); // -> 1.3333333333333333
 * console.log((await conditionNumber(w, { norm: 'fro' })).toFixed(4)); // -> 2.0833
 *
 * @param w - rank 2 or more, read as in {@link spectrum}; borrowed
 * @param options - the norm
 * @returns 1 or more
 * @throws RangeError and TypeError as {@link spectrum}, and RangeError for norm 1 or `'inf'` of a matrix that is not square
 */
export async function conditionNumber(w: tf.Tensor, options: ConditionNumberOptions = {}): Promise<number> {
  const fn = 'conditionNumber';
  checkOptions(fn, options, ['norm']);
  const { norm = 2 } = options;
  checkType([2, 1, 'inf', 'fro', 'nuc'].includes(norm), `${fn}: norm must be 2, 1, 'inf', 'fro' or 'nuc'`, norm);
  const { values, shape } = await readSpectrum(fn, w);
  const bySquare = norm === 1 || norm === 'inf';
  checkRange(!bySquare || shape.rows === shape.cols, `${fn}: w must be square for norm ${norm}`, w.shape);
  const spectral = conditionNumberOf(values, shape);
  if (norm === 2 || spectral === Number.POSITIVE_INFINITY) return spectral;
  if (!bySquare) return byValues(values, norm);
  return bySums(numbersOf((await w.data()) as Float32Array | Int32Array | Uint8Array), shape.rows, norm);
}
