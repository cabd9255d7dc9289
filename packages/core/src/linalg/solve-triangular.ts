import type * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { checkOptions } from '@weightkit/numerics/check';
import { checkRows, checkSquare, float32Of, systemOf, tensorLike } from './matrix.ts';

/** Which triangle {@link solveTriangular} means. */
export type SolveTriangularOptions = Pick<numerics.SolveTriangularShape, 'lower' | 'transposed' | 'unitDiagonal'>;

/**
 * The solution of T X = B, or T' X = B, for a triangular T, by substitution in float64 on the host. Not differentiable.
 *
 * @param t - [n, n], float32 or int32; what is outside the triangle is not read; borrowed
 * @param b - [n] or [n, cols], float32 or int32; borrowed
 * @param options - `lower` (true), `transposed` (false), `unitDiagonal` (false)
 * @returns x in the shape of b, in float32, the caller's
 * @example
 * const x = await linalg.solveTriangular(tf.tensor2d([2, 0, 1, 3], [2, 2]), tf.tensor1d([4, 5]));
 * console.log((await x.data()).join(' ')); // -> 2 1
 *
 * @throws RangeError for a 0 on the diagonal, naming its row, for a solution beyond float32 and for a non-finite entry
 */
export async function solveTriangular(
  t: tf.Tensor,
  b: tf.Tensor,
  options: SolveTriangularOptions = {},
): Promise<tf.Tensor> {
  checkOptions('solveTriangular', options, ['lower', 'transposed', 'unitDiagonal']);
  const [matrix, right] = await systemOf('solveTriangular', 't', t, b);
  checkSquare('solveTriangular', 't', matrix);
  checkRows('solveTriangular', matrix, right);
  const shape = { size: matrix.rows, cols: right.cols, ...options };
  const x = numerics.solveTriangular(matrix.data, right.data, shape);
  return tensorLike(b, float32Of('solveTriangular', 'x', x), matrix.rows);
}
