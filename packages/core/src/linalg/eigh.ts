import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { checkSquare, float32Of, matrixOf } from './matrix.ts';

/** An eigendecomposition, float32, the caller's. */
export interface EighTensors {
  /** The eigenvalues, ascending, [n]. */
  values: tf.Tensor1D;
  /** The eigenvectors in its columns, [n, n]. */
  vectors: tf.Tensor2D;
}

/**
 * Eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix, computed in float64 on the host. Reads the
 * lower triangle. Not differentiable.
 *
 * @param a - [n, n], float32 or int32; borrowed
 * @returns values and vectors
 * @example
 * const { values, vectors } = await linalg.eigh(tf.tensor2d([2, 1, 1, 2], [2, 2]));
 * console.log((await values.data()).join(' ')); // -> 1 3
 *
 * @throws RangeError for a matrix that is not square and for a non-finite entry
 */
export async function eigh(a: tf.Tensor): Promise<EighTensors> {
  const matrix = await matrixOf('eigh', 'a', a);
  checkSquare('eigh', 'a', matrix);
  const { data, rows, cols } = matrix;
  const found = numerics.eigh(data, { rows, cols });
  const [values, vectors] = [float32Of('eigh', 'values', found.values), float32Of('eigh', 'vectors', found.vectors)];
  return { values: tf.tensor1d(values), vectors: tf.tensor2d(vectors, [rows, cols]) };
}
