import { isKernel, type Weight } from '@weightkit/core';
import { singularValues } from '@weightkit/numerics';
import { checkBoolean, checkNumber } from '@weightkit/numerics/check';
import { conditionNumberOf } from './condition-number.ts';
import { effectiveRankOf } from './effective-rank.ts';
import { matrixShape } from './matrix-shape.ts';
import { type Values, whyNoNumbers } from './read-values.ts';
import { spectralNormOf } from './spectral-norm.ts';
import { stableRankOf } from './stable-rank.ts';

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

/** Throws unless the two options about spectra are a boolean and a cost. */
export function checkSpectra(fn: string, spectra: boolean, maxCost: number): void {
  checkBoolean(fn, 'spectra', spectra);
  checkNumber(`${fn}: maxCost must be 0 or more`, maxCost, (cost) => cost >= 0);
}

/** Why a weight gets no spectral metrics, or null when it does. */
export function whyNoSpectrum(weight: Weight, spectra: boolean, maxCost: number): string | null {
  const unreal = whyNoNumbers(weight);
  if (unreal !== null) return unreal;
  if (!spectra) return 'spectra is false';
  if (!isKernel(weight)) return 'not a kernel of rank 2 or more';
  const { rows, cols } = matrixShape(weight.shape);
  const cost = rows * cols * Math.min(rows, cols);
  if (cost === 0) return 'no entries';
  return cost <= maxCost ? null : `rows * cols * min(rows, cols) is ${cost}, above maxCost ${maxCost}`;
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
