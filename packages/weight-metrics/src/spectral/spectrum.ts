import type * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { type MatrixShape, singularValues } from '@weightkit/numerics';
import { checkFinite, checkRange } from '@weightkit/numerics/check';
import { numbersOf } from '../values/read-values.ts';
import { matrixShape } from './matrix-shape.ts';

/** Downloads w and returns its singular values and the matrix that it was read as. */
export async function readSpectrum(fn: string, w: tf.Tensor): Promise<{ values: Float64Array; shape: MatrixShape }> {
  checkTensor(fn, 'w', w, 'float32', 'int32', 'bool');
  checkRange(w.rank >= 2 && w.size > 0, `${fn}: w must have rank 2 or more and entries`, w.shape);
  const shape = matrixShape(w.shape);
  const entries = numbersOf((await w.data()) as Float32Array | Int32Array | Uint8Array);
  checkFinite(fn, 'entries', 'w', entries);
  return { values: singularValues(entries, shape), shape };
}

/**
 * The singular values σ1 ≥ σ2 ≥ ... of a weight, computed in float64. A weight of rank 3 or more is read as the matrix whose
 * columns are its last axis and whose rows are all axes before it: `[3, 3, 8, 16]` is 72 x 16.
 *
 * The time grows as rows · cols · min(rows, cols).
 *
 * @example
 * const w = tf.tensor2d([[3, 0], [0, -4]]);
 * console.log(await spectrum(w)); // -> Float64Array(2) [ 4, 3 ]
 *
 * @param w - rank 2 or more, borrowed
 * @returns min(rows, cols) values, descending
 * @throws RangeError for rank 0 or 1, no entries, or an entry that is not finite (by index); TypeError for no tensor
 * of real numbers
 */
export async function spectrum(w: tf.Tensor): Promise<Float64Array> {
  return (await readSpectrum('spectrum', w)).values;
}
