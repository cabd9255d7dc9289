import { isKernel, type Weight } from '@weightkit/core';
import { whyNoNumbers } from '../values/read-values.ts';
import { matrixShape } from './matrix-shape.ts';

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
