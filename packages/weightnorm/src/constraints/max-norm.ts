import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from '@weightkit/numerics/check';
import { axesOf, checkLength, type NormOptions, withNorms } from './by-norm.ts';

/** Options of {@link maxNorm}. */
export interface MaxNormOptions extends NormOptions {
  /**
   * The largest norm, 0 or more.
   *
   * @defaultValue 2
   */
  maxValue?: number;
}

/**
 * A weight whose units are no longer than `maxValue` (Srebro et al. 2005; Hinton et al. 2012), by the rule of Keras:
 *
 *     w · min(‖w‖, maxValue) / (ε + ‖w‖)
 *
 * With `epsilon: 0` a unit that is short enough keeps its bits up to one rounding; with Keras's 1e-7 it loses that part of its length.
 *
 * @example
 * const w = maxNorm(tf.tensor2d([[3, 0], [4, 1]]), { maxValue: 2.5, epsilon: 0 }); // columns are units
 * console.log((await w.data()).join(' ')); // -> 1.5 0 2 1
 *
 * @param w - float32, of rank 2 or more unless `axis` is null; borrowed
 * @param options - see {@link MaxNormOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when `w` is no such tensor or an option is out of range
 */
export function maxNorm(w: tf.Tensor, options: MaxNormOptions = {}): tf.Tensor {
  checkOptions('maxNorm', options, ['axis', 'epsilon', 'maxValue']);
  const { axis, epsilon = 1e-7, maxValue = 2 } = options;
  const axes = axesOf('maxNorm', w, axis);
  checkLength('maxNorm', 'epsilon', epsilon);
  checkLength('maxNorm', 'maxValue', maxValue);
  return withNorms(w, axes, epsilon, (norms) => tf.minimum(norms, maxValue));
}
