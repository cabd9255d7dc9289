import * as tf from '@tensorflow/tfjs-core';

// Below it no quotient of gradients has any digits.
const SMALLEST = 2 ** -126;

/**
 * Gradients, shorter where their norm together is above a limit: g · limit / max(‖g‖, limit). Squares neither overflow nor vanish; a
 * gradient that is not finite makes all of them NaN.
 *
 * @param gradients - of any shapes; borrowed
 * @param limit - the largest norm, above 0
 * @returns new tensors in the same order
 */
export function clipTogether(gradients: readonly tf.Tensor[], limit: number): tf.Tensor[] {
  if (gradients.length === 0) return [];
  const largest = tf.maximum(tf.max(tf.stack(gradients.map((gradient) => tf.max(tf.abs(gradient))))), SMALLEST);
  const squares = gradients.map((gradient) => tf.sum(tf.square(tf.div(gradient, largest))));
  const norm = tf.mul(largest, tf.sqrt(tf.addN(squares)));
  const factor = tf.div(limit, tf.maximum(norm, limit));
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
