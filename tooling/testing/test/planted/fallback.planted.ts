import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

// Passes by itself; the set-up must fail the file, because the sum was computed on another backend.
it('planted: a kernel of the backend under test hands its work to the cpu', async () => {
  const name = tf.getBackend();
  const x = tf.tensor1d([1, 2]);
  const values = await x.data();
  await tf.setBackend('cpu');
  const sum = tf.sum(tf.tensor1d(values as Float32Array));
  expect(await sum.data()).toEqual(Float32Array.of(3));
  await tf.setBackend(name);
  tf.dispose([x, sum]);
});
