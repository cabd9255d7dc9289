import * as tf from '@tensorflow/tfjs-core';

// log(1 + t) = 2 artanh(s) with s = t / (2 + t), at most 1/3: what comes after these terms is below 2⁻²⁸ of it.
const TERMS = [15, 13, 11, 9, 7, 5, 3].map((n) => 1 / n);

/**
 * log(1 + eˣ), to the last digits also where it is small; its gradient is the sigmoid. TensorFlow.js has it neither on every backend nor
 * with these digits.
 */
export function softplus(x: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [given, save] = args as unknown as [tf.Tensor, (saved: tf.Tensor[]) => void];
    const t = tf.exp(tf.neg(tf.abs(given)));
    const s = tf.div(t, tf.add(t, 2));
    const square = tf.square(s);
    const series = TERMS.reduce((sum: tf.Tensor, term) => tf.mul(tf.add(sum, term), square), tf.scalar(0));
    save([given]);
    return {
      value: tf.add(tf.relu(given), tf.mul(tf.mul(2, s), tf.add(1, series))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(dy, tf.sigmoid(saved[0]!))],
    };
  });
  return op(x);
}

/** The number whose softplus is w, for w above 0. */
export const inverseSoftplus = (w: tf.Tensor): tf.Tensor => tf.add(w, tf.log(tf.neg(tf.expm1(tf.neg(w)))));
