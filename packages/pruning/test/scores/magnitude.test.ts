import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { magnitude } from '../../src/scores/magnitude.ts';

it('magnitude(w) is |w| and leaves w as it was', async () => {
  const w = tf.tensor1d([-2, 0, 1.5]);
  expect(await valuesOf(magnitude(w))).toEqual(Float32Array.of(2, 0, 1.5));
  expect(Array.from(await w.data())).toEqual([-2, 0, 1.5]);
  w.dispose();
});
