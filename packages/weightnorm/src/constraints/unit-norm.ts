import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from '@weightkit/numerics/check';
import { axesOf, checkLength, type NormOptions, withNorms } from './by-norm.ts';

/**
 * A weight whose units have norm 1, by the rule of Keras: w / (ε + ‖w‖). A zero unit stays zero, with `epsilon: 0` too.
 *
 * @example
 * const w = unitNorm(tf.tensor2d([[3, 0], [4, 0]]), { epsilon: 0 }); // columns are units
 * console.log(Array.from(await w.data(), (x) => x.toFixed(3)).join(' ')); // -> 0.600 0.000 0.800 0.000
 *
 * @param w - float32, of rank 2 or more unless `axis` is null; borrowed
 * @param options - see {@link NormOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when `w` is no such tensor or an option is out of range
 */
export function unitNorm(w: tf.Tensor, options: NormOptions = {}): tf.Tensor {
  checkOptions('unitNorm', options, ['axis', 'epsilon']);
  const { axis, epsilon = 1e-7 } = options;
  const axes = axesOf('unitNorm', w, axis);
  checkLength('unitNorm', 'epsilon', epsilon);
  return withNorms(w, axes, epsilon, (norms) => tf.onesLike(norms));
}
