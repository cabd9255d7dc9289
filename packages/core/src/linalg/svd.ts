import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { float32Of, matrixOf } from './matrix.ts';

/** Factors of a singular value decomposition, the caller's. */
export interface SvdTensors {
  /** The left singular vectors in its columns, [rows, k]. */
  u: tf.Tensor2D;
  /** The singular values, descending, [k]. */
  s: tf.Tensor1D;
  /** The right singular vectors in its rows, [k, cols]. */
  vt: tf.Tensor2D;
}

/** Tensors of factors of a [rows, cols] matrix; none when one of them is beyond float32. */
export function svdTensors(fn: string, found: numerics.Svd, rows: number, cols: number): SvdTensors {
  const [u, s, vt] = [float32Of(fn, 'U', found.u), float32Of(fn, 's', found.s), float32Of(fn, 'Vt', found.vt)];
  return { u: tf.tensor2d(u, [rows, s.length]), s: tf.tensor1d(s), vt: tf.tensor2d(vt, [s.length, cols]) };
}

/**
 * The thin singular value decomposition A = U diag(s) Vt, computed in float64 on the host: k is min(rows, cols), the vectors
 * are orthonormal for zero and rank-deficient matrices too, and in each column of U the first of the largest entries is
 * positive. Not differentiable.
 *
 * @param a - [rows, cols], float32 or int32; borrowed
 * @returns u, s and vt in float32
 * @example
 * const { u, s, vt } = await linalg.svd(tf.tensor2d([0, 2, 3, 0], [2, 2]));
 * console.log((await s.data()).join(' ')); // -> 3 2
 *
 * @throws RangeError for a non-finite entry
 */
export async function svd(a: tf.Tensor): Promise<SvdTensors> {
  const { data, rows, cols } = await matrixOf('svd', 'a', a);
  return svdTensors('svd', numerics.svd(data, { rows, cols }), rows, cols);
}
