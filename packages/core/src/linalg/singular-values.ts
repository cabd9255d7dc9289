import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { float32Of, matrixOf } from './matrix.ts';

/**
 * The singular values of a matrix, descending, computed in float64 on the host. Not differentiable.
 *
 * @param a - [rows, cols], float32 or int32; borrowed
 * @returns [min(rows, cols)] in float32, the caller's
 * @example
 * const s = await linalg.singularValues(tf.tensor2d([0, 2, 3, 0], [2, 2]));
 * console.log((await s.data()).join(' ')); // -> 3 2
 *
 * @throws RangeError for a non-finite entry
 */
export async function singularValues(a: tf.Tensor): Promise<tf.Tensor1D> {
  const { data, rows, cols } = await matrixOf('singularValues', 'a', a);
  return tf.tensor1d(float32Of('singularValues', 'values', numerics.singularValues(data, { rows, cols })));
}
