import { type MatrixShape, singularValues } from '@weightkit/numerics';
import { checkBoolean, checkNumber } from '@weightkit/numerics/check';
import type { Values } from '../values/read-values.ts';
import { matrixShape } from './matrix-shape.ts';

/** What the singular values of a kernel, read as a matrix of all axes but the last by the last, say about it. */
export interface SpectralMetrics {
  /** σ1; see `spectralNorm`. */
  spectralNorm: number;
  /** ‖W‖F² / σ1²; see `stableRank`. */
  stableRank: number;
  /** σ1 / σmin, Infinity when singular; see `conditionNumber`. */
  conditionNumber: number;
  /** exp of the entropy of σ / Σσ; see `effectiveRank`. */
  effectiveRank: number;
}

/** σ1 / σmin, from singular values in descending order; Infinity when σmin is 0 up to rounding. */
export function conditionNumberOf(values: Float64Array, { rows, cols }: MatrixShape): number {
  const largest = values[0]!;
  const smallest = values[values.length - 1]!;
  return smallest > largest * Math.max(rows, cols) * Number.EPSILON ? largest / smallest : Number.POSITIVE_INFINITY;
}

/** exp(H(σ / Σσ)), from singular values in descending order. */
export function effectiveRankOf(values: Float64Array): number {
  const largest = values[0]!;
  if (largest === 0) return 0;
  const scaled = values.map((value) => value / largest);
  const sum = scaled.reduce((a, b) => a + b, 0);
  return Math.exp(scaled.reduce((entropy, value) => (value === 0 ? entropy : entropy - term(value / sum)), 0));
}

const term = (p: number): number => p * Math.log(p);

/** σ1, from singular values in descending order. */
export const spectralNormOf = (values: Float64Array): number => values[0]!;

/** Σσ² / σ1², from singular values in descending order. */
export function stableRankOf(values: Float64Array): number {
  const largest = values[0]!;
  return largest === 0 ? 0 : values.reduce((sum, value) => sum + (value / largest) ** 2, 0);
}

/** Throws unless the two options about spectra are a boolean and a cost. */
export function checkSpectra(fn: string, spectra: boolean, maxCost: number): void {
  checkBoolean(fn, 'spectra', spectra);
  checkNumber(`${fn}: maxCost must be 0 or more`, maxCost, (cost) => cost >= 0);
}

/** All spectral metrics from one set of singular values. The values must be finite. */
export function spectralMetrics(values: Values, shape: readonly number[]): SpectralMetrics {
  const matrix = matrixShape(shape);
  const sigma = singularValues(values, matrix);
  return {
    spectralNorm: spectralNormOf(sigma),
    stableRank: stableRankOf(sigma),
    conditionNumber: conditionNumberOf(sigma, matrix),
    effectiveRank: effectiveRankOf(sigma),
  };
}
