import * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { float32Of, matrixOf } from './matrix.ts';

/** Factors of a QR factorization, float32, the caller's. */
export interface QRTensors {
  /** Orthonormal columns, [rows, min(rows, cols)]. */
  q: tf.Tensor2D;
  /** Upper triangular with a diagonal of 0 or more, [min(rows, cols), cols]. */
  r: tf.Tensor2D;
}

/**
 * The thin QR factorization A = Q R with a diagonal of R of 0 or more, computed in float64 on the host. Q has orthonormal
 * columns for every A, zero and rank-deficient ones included, where `tf.linalg.qr` gives NaN. Not differentiable.
 *
 * @param a - [rows, cols], float32 or int32; borrowed
 * @returns q and r
 * @example
 * const { q, r } = await linalg.qr(tf.tensor2d([0, 2, 3, 0], [2, 2]));
 * console.log((await r.data()).join(' ')); // -> 3 0 0 2
 *
 * @throws RangeError for a non-finite entry
 */
export async function qr(a: tf.Tensor): Promise<QRTensors> {
  const { data, rows, cols } = await matrixOf('qr', 'a', a);
  const factors = numerics.qr(data, { rows, cols });
  const [q, r] = [float32Of('qr', 'Q', factors.q), float32Of('qr', 'R', factors.r)];
  const n = Math.min(rows, cols);
  return { q: tf.tensor2d(q, [rows, n]), r: tf.tensor2d(r, [n, cols]) };
}
