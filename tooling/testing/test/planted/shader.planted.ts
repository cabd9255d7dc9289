import * as tf from '@tensorflow/tfjs';
import { it } from 'vitest';
import { runShader } from '../../src/shader.ts';

// Passes by itself, for WebGPU throws nothing; the set-up must fail it.
it('planted: a shader that does not compile', async () => {
  const x = tf.ones([4]);
  const y = runShader('fn main(index : i32) { noSuchFunction(); }', x);
  await y.data();
  tf.dispose([x, y]);
});
