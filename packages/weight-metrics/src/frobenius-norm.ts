import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { stagedSum } from './staged-sum.ts';

/** √Σx² of any scale: entries are divided by the largest first, so that squares neither overflow nor vanish. */
function scaledNorm(x: tf.Tensor): tf.Scalar {
  const largest = tf.max(tf.abs(x));
  return tf.mul(largest, tf.sqrt(stagedSum(tf.square(tf.divNoNan(x, largest)))));
}

/**
 * The Frobenius norm √Σ w², of a tensor of any rank, on the device. Differentiable once: the gradient is w / ‖w‖, and 0
 * where w is all zeros.
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
  checkType(w instanceof tf.Tensor, 'frobeniusNorm: w must be a tensor', w);
  checkType(w.dtype === 'float32', 'frobeniusNorm: w must be float32', w.dtype);
  if (w.size === 0) return tf.scalar(0);
  return tf.tidy(() => withGradient(w) as tf.Scalar);
}

const withGradient = (w: tf.Tensor): tf.Tensor =>
  tf.customGrad((x, save) => {
    const input = x as tf.Tensor;
    const value = scaledNorm(input);
    (save as tf.GradSaveFunc)([input, value]);
    return {
      value,
      gradFunc: (dy: tf.Scalar, saved: tf.Tensor[]) => tf.mul(dy, tf.divNoNan(saved[0]!, saved[1]!)),
    };
  })(w);
