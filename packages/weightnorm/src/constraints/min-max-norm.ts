import * as tf from '@tensorflow/tfjs-core';
import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { axesOf, checkLength, type NormOptions, withNorms } from './by-norm.ts';

/** Options of {@link minMaxNorm}. */
export interface MinMaxNormOptions extends NormOptions {
  /**
   * The smallest norm, 0 or more.
   *
   * @defaultValue 0
   */
  minValue?: number;
  /**
   * The largest norm, `minValue` or more.
   *
   * @defaultValue 1
   */
  maxValue?: number;
  /**
   * How much of the way a norm goes, from 0 to 1.
   *
   * @defaultValue 1
   */
  rate?: number;
}

/**
 * A weight whose units are as long as `minValue` at least and `maxValue` at most, by the rule of Keras:
 *
 *     w · (rate · clip(‖w‖, minValue, maxValue) + (1 − rate) · ‖w‖) / (ε + ‖w‖)
 *
 * A zero unit has no direction and stays zero, below `minValue` too.
 *
 * @example
 * const w = minMaxNorm(tf.tensor2d([[3, 0], [4, 0.5]]), { minValue: 1, maxValue: 2.5, epsilon: 0 });
 * console.log((await w.data()).join(' ')); // -> 1.5 0 2 1
 *
 * @param w - float32, of rank 2 or more unless `axis` is null; borrowed
 * @param options - see {@link MinMaxNormOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when `w` is no such tensor or an option is out of range
 */
export function minMaxNorm(w: tf.Tensor, options: MinMaxNormOptions = {}): tf.Tensor {
  checkOptions('minMaxNorm', options, ['axis', 'epsilon', 'minValue', 'maxValue', 'rate']);
  const { axis, epsilon = 1e-7, minValue = 0, maxValue = 1, rate = 1 } = options;
  const axes = axesOf('minMaxNorm', w, axis);
  checkLength('minMaxNorm', 'epsilon', epsilon);
  checkLength('minMaxNorm', 'minValue', minValue);
  checkLength('minMaxNorm', 'maxValue', maxValue);
  checkRange(minValue <= maxValue, `minMaxNorm: maxValue must be minValue (${minValue}) or more`, maxValue);
  checkNumber('minMaxNorm: rate must be from 0 to 1', rate, (x) => x >= 0 && x <= 1);
  return withNorms(w, axes, epsilon, (norms) => {
    const clipped = tf.clipByValue(norms, minValue, maxValue);
    return rate === 1 ? clipped : tf.add(tf.mul(rate, clipped), tf.mul(1 - rate, norms));
  });
}
