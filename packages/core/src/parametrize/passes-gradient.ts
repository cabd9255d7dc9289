import * as tf from '@tensorflow/tfjs-core';

/**
 * Whether the gradient of every entry passes whole or not at all, as through masks and quantizers: then what an optimizer keeps of the
 * value is what it keeps of the raw weight.
 *
 * @param forward - a transform without extra variables, or a stack of them
 * @param at - where the gradient is taken; borrowed
 */
export async function passesGradient(forward: (w: tf.Tensor) => tf.Tensor, at: tf.Tensor): Promise<boolean> {
  const passed: tf.Tensor = tf.tidy(() => {
    // No two entries have one value, so that an exchange of entries shows.
    const probe = tf.reshape(tf.range(1, at.size + 1), at.shape);
    try {
      const back = tf.grad(forward)(at, probe);
      return tf.all(tf.logicalOr(tf.equal(back, probe), tf.equal(back, 0)));
    } catch {
      return tf.scalar(false); // without a gradient nothing is known of it
    }
  });
  try {
    return (await passed.data())[0] === 1;
  } finally {
    passed.dispose();
  }
}
