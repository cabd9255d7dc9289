import type { CheckpointTensor } from '@weightkit/checkpoint';
import { matrixShape } from '../spectral/matrix-shape.ts';
import { sizeOf } from './read-numbers.ts';

/** More entries than this are not read at once: 16 MB of float32. */
const MOST_ENTRIES = 2 ** 22;

/** Why a tensor gets no spectral metrics, or null when it does. */
export function whyNoSpectrum(tensor: CheckpointTensor, spectra: boolean, maxCost: number): string | null {
  if (!spectra) return 'spectra is false';
  if (!/^b?float/.test(tensor.dtype) || tensor.shape.length < 2) return 'not a float tensor of rank 2 or more';
  const entries = sizeOf(tensor);
  if (entries === 0) return 'no entries';
  if (entries > MOST_ENTRIES) return `${entries} entries, more than the ${MOST_ENTRIES} that are read at once`;
  const { rows, cols } = matrixShape(tensor.shape);
  const cost = rows * cols * Math.min(rows, cols);
  return cost <= maxCost ? null : `rows * cols * min(rows, cols) is ${cost}, above maxCost ${maxCost}`;
}
