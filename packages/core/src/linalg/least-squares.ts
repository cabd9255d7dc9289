import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { checkRows, float32Of, systemOf, tensorLike } from './matrix.ts';
import type { SolutionTensor } from './solve.ts';

/** What {@link leastSquares} gives. */
export interface LeastSquaresTensors extends SolutionTensor {
  /** The norms of the columns of A X - B, [targets], float32, the caller's. */
  residuals: tf.Tensor1D;
}

/**
 * The X for which the columns of A X - B are shortest, for a matrix with independent columns, by QR in float64 on the host.
 * Not differentiable.
 *
 * @param a - [rows, cols] with rows of cols or more, float32 or int32; borrowed
 * @param b - [rows] or [rows, targets], float32 or int32; borrowed
 * @returns x [cols] or [cols, targets], the norms of what is left, and `rcond` for A with columns of one size
 * @example
 * const line = tf.tensor2d([1, 0, 1, 1, 1, 2], [3, 2]); // columns 1 and t
 * const { x } = await linalg.leastSquares(line, tf.tensor1d([1, 3, 5]));
 * console.log((await x.data()).join(' ')); // -> 1 2
 *
 * @throws RangeError for dependent columns, naming the first, for a solution beyond float32 and for a non-finite entry
 */
export async function leastSquares(a: tf.Tensor, b: tf.Tensor): Promise<LeastSquaresTensors> {
  const [matrix, right] = await systemOf('leastSquares', 'a', a, b);
  checkRows('leastSquares', matrix, right);
  const { rows, cols } = matrix;
  const found = numerics.leastSquares(matrix.data, right.data, { rows, cols, targets: right.cols });
  const x = float32Of('leastSquares', 'x', found.x);
  const residuals = float32Of('leastSquares', 'residuals', found.residuals);
  return { x: tensorLike(b, x, cols), residuals: tf.tensor1d(residuals), rcond: found.rcond };
}
