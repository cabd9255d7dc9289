import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { frobeniusNorm } from './frobenius-norm.ts';
import { stagedSum } from './staged-sum.ts';

/**
 * The cosine of the angle between two weights, Σab / (‖a‖ ‖b‖), each read as one vector; on the device. Differentiable once:
 * the gradient by a is (b/‖b‖ - cos a/‖a‖) / ‖a‖, and 0 where a or b is all zeros.
 *
 * @example
 * const cosine = cosineSimilarity(tf.tensor1d([1, 0]), tf.tensor1d([3, 4]));
 * console.log((await cosine.data())[0].toFixed(3)); // -> 0.600
 *
 * @param a - float32, any shape with entries, borrowed; values are not checked
 * @param b - the same shape, float32, borrowed
 * @returns a scalar in [-1, 1]; 0 when either is all zeros
 * @throws TypeError unless both are float32 tensors, RangeError when shapes differ or there are no entries
 */
export function cosineSimilarity(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  for (const [name, x] of Object.entries({ a, b })) {
    checkType(x instanceof tf.Tensor, `cosineSimilarity: ${name} must be a tensor`, x);
    checkType(x.dtype === 'float32', `cosineSimilarity: ${name} must be float32`, x.dtype);
  }
  checkRange(a.size > 0, 'cosineSimilarity: a must have entries', a.shape);
  checkRange(tf.util.arraysEqual(a.shape, b.shape), `cosineSimilarity: b must have shape [${a.shape}]`, b.shape);
  return tf.tidy(() => withGradient(a, b) as tf.Scalar);
}

const withGradient = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.customGrad((...args) => {
    const [x, y, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const norms = [frobeniusNorm(x), frobeniusNorm(y)] as const;
    const units = [tf.divNoNan(x, norms[0]), tf.divNoNan(y, norms[1])] as const;
    const value = tf.clipByValue(stagedSum(tf.mul(...units)), -1, 1);
    save([...units, ...norms, value]);
    return {
      value,
      gradFunc: (dy: tf.Scalar, saved: tf.Tensor[]) => {
        const [u, v, normX, normY, cos] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const by = (own: tf.Tensor, other: tf.Tensor, norm: tf.Tensor) =>
          tf.mul(dy, tf.divNoNan(tf.sub(other, tf.mul(cos, own)), norm));
        return [by(u, v, normX), by(v, u, normY)];
      },
    };
  })(a, b);
