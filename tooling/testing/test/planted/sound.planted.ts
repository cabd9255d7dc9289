import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('planted nothing: this must pass', async () => {
  const sum = tf.tidy(() => tf.sum(tf.matMul(tf.ones([3, 3]), tf.ones([3, 3]))));
  expect((await sum.data())[0]).toBe(27);
  sum.dispose();
});
