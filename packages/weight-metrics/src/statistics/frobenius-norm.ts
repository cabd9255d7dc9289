import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { polar } from '../values/polar.ts';

/**
 * The Frobenius norm √Σ w², of a tensor of any rank, on the device, without over- or underflow on the way: it is right for
 * entries of any size whose norm is a float32. Where a backend takes entries below 2^-126 for 0 (WebGPU does), so does this.
 * Differentiable once: the gradient is w / ‖w‖, and 0 where w is all zeros.
 *
 * @example
 * const norm = frobeniusNorm(tf.tensor2d([[3, 0], [0, -4]]));
 * console.log((await norm.data())[0]); // -> 5
 *
 * @param w - float32, any shape, borrowed; values are not checked
 * @returns a scalar; 0 when w has no entries
 * @throws TypeError unless w is a float32 tensor
 */
export function frobeniusNorm(w: tf.Tensor): tf.Scalar {
  checkTensor('frobeniusNorm', 'w', w, 'float32');
  if (w.size === 0) return tf.scalar(0);
  return tf.tidy(() => withGradient(w) as tf.Scalar);
}

const withGradient = (w: tf.Tensor): tf.Tensor =>
  tf.customGrad((x, save) => {
    const { unit, largest, length } = polar(x as tf.Tensor);
    (save as tf.GradSaveFunc)([unit]);
    return {
      value: tf.mul<tf.Scalar>(largest, length),
      gradFunc: (dy: tf.Scalar, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!),
    };
  })(w);
