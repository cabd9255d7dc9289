import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { checkSquare, float32Of, matrixOf } from './matrix.ts';

/**
 * The lower triangular L with a positive diagonal and L L' = A, for a symmetric positive definite A, computed in float64
 * on the host. Reads the lower triangle. Not differentiable.
 *
 * @param a - [n, n], float32 or int32; borrowed
 * @returns [n, n] in float32, the caller's
 * @example
 * const l = await linalg.cholesky(tf.tensor2d([4, 2, 2, 10], [2, 2]));
 * console.log((await l.data()).join(' ')); // -> 2 0 1 3
 *
 * @throws RangeError naming the first pivot that is not positive, or a non-finite entry
 */
export async function cholesky(a: tf.Tensor): Promise<tf.Tensor2D> {
  const matrix = await matrixOf('cholesky', 'a', a);
  checkSquare('cholesky', 'a', matrix);
  const { data, rows, cols } = matrix;
  return tf.tensor2d(float32Of('cholesky', 'L', numerics.cholesky(data, { rows, cols })), [rows, cols]);
}
