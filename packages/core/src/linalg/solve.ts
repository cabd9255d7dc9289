import type * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { checkRows, checkSquare, float32Of, systemOf, tensorLike } from './matrix.ts';

/** What {@link solve} gives. */
export interface SolutionTensor {
  /** The solution in the shape of the right side, float32, the caller's. */
  x: tf.Tensor;
  /**
   * An estimate of the reciprocal condition of A with rows and columns of one size, 0 to 1: near 1e-7 or less, x has no digits
   * that the rounding of A to float32 leaves.
   */
  rcond: number;
}

/**
 * The solution of A X = B for a square A, by LU with partial pivoting in float64 on the host. Not differentiable.
 *
 * @param a - [n, n], float32 or int32; borrowed
 * @param b - [n] or [n, cols], float32 or int32; borrowed
 * @returns x in the shape of b, and how much of it the condition of A leaves
 * @example
 * const { x } = await linalg.solve(tf.tensor2d([0, 2, 1, 1], [2, 2]), tf.tensor1d([4, 5]));
 * console.log((await x.data()).join(' ')); // -> 3 2
 *
 * @throws RangeError for a singular matrix, naming the column without a pivot, for a solution beyond float32 and for a
 * non-finite entry
 */
export async function solve(a: tf.Tensor, b: tf.Tensor): Promise<SolutionTensor> {
  const [matrix, right] = await systemOf('solve', 'a', a, b);
  checkSquare('solve', 'a', matrix);
  checkRows('solve', matrix, right);
  const { x, rcond } = numerics.solve(matrix.data, right.data, { size: matrix.rows, cols: right.cols });
  return { x: tensorLike(b, float32Of('solve', 'x', x), matrix.rows), rcond };
}
