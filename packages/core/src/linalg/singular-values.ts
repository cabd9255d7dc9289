import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { float32Of, matrixOf } from './matrix.ts';

/**
 * The singular values of a matrix, descending, computed in float64 on the host. Not differentiable.
 *
 * @param a - [rows, cols], float32 or int32; borrowed
 * @returns [min(rows, cols)] in float32, the caller's
 * @example
 * ```js
 * const s = await linalg.singularValues(tf.tensor2d([3, 0, 4, 5], [2, 2]));
 * s.print(); // [6.708, 2.236]
 * ```
 * @throws RangeError for a non-finite entry
 */
export async function singularValues(a: tf.Tensor): Promise<tf.Tensor1D> {
  const { data, rows, cols } = await matrixOf('singularValues', 'a', a);
  return tf.tensor1d(float32Of('singularValues', 'values', numerics.singularValues(data, { rows, cols })));
}
