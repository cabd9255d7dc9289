import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { overNorm, polar } from '../values/polar.ts';
import { stagedSum } from '../values/staged-sum.ts';

/**
 * The cosine of the angle between two weights, Σab / (‖a‖ ‖b‖), each read as one vector; on the device. Entries of any size are
 * right, since each side is scaled first; where a backend takes those below 2^-126 for 0 (WebGPU does), so does this.
 * Differentiable once:
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
  for (const [name, x] of Object.entries({ a, b })) checkTensor('cosineSimilarity', name, x, 'float32');
  checkRange(a.size > 0, 'cosineSimilarity: a must have entries', a.shape);
  checkRange(tf.util.arraysEqual(a.shape, b.shape), `cosineSimilarity: b must have shape [${a.shape}]`, b.shape);
  return tf.tidy(() => withGradient(a, b) as tf.Scalar);
}

const withGradient = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.customGrad((...args) => {
    const [x, y, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [p, q] = [polar(x), polar(y)];
    const value = tf.clipByValue(stagedSum(tf.mul(p.unit, q.unit)), -1, 1);
    save([p.unit, p.largest, p.length, q.unit, q.largest, q.length, value]);
    return {
      value,
      gradFunc: (dy: tf.Scalar, saved: tf.Tensor[]) => {
        const [u, ...sizeOfX] = saved.slice(0, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const [v, ...sizeOfY] = saved.slice(3, 6) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const by = (own: tf.Tensor, other: tf.Tensor, size: [tf.Tensor, tf.Tensor]) =>
          tf.mul(dy, overNorm(tf.sub(other, tf.mul(saved[6]!, own)), ...size));
        return [by(u, v, sizeOfX), by(v, u, sizeOfY)];
      },
    };
  })(a, b);
