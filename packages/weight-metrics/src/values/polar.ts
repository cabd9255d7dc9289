import * as tf from '@tensorflow/tfjs-core';
import { stagedSum } from './staged-sum.ts';

/** A tensor as largest · length · unit, of which no part over- or underflows when the tensor does not. */
export interface Polar {
  /** Direction: ‖unit‖ = 1, or all zeros. */
  unit: tf.Tensor;
  /** The largest magnitude. */
  largest: tf.Scalar;
  /** ‖w‖ over the largest magnitude: in [1, √size], or 0. */
  length: tf.Scalar;
}

/**
 * Splits a tensor with entries into direction and size, whatever its scale. By way of a power of two, since WebGPU may divide by
 * multiplying with 1 / x, which is no normal number beyond 2^126.
 */
export function polar(w: tf.Tensor): Polar {
  const largest = tf.max(tf.abs(w)) as tf.Scalar;
  const shift = tf.where(tf.greater(largest, 1), tf.scalar(2 ** -64), tf.scalar(2 ** 64));
  const scaled = tf.divNoNan(tf.mul(w, shift), tf.mul(largest, shift));
  const length = tf.sqrt(stagedSum(tf.square(scaled))) as tf.Scalar;
  return { unit: tf.divNoNan(scaled, length), largest, length };
}

/** x / ‖w‖ in two steps, since ‖w‖ itself may overflow; 0 where w is all zeros. */
export const overNorm = (x: tf.Tensor, largest: tf.Tensor, length: tf.Tensor): tf.Tensor =>
  tf.divNoNan(tf.divNoNan(x, length), largest);
