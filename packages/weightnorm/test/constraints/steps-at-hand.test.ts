import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { orthonormal, orthonormalOnce } from '../../src/constraints/orthonormal.ts';

/** Sizes around the blocks of 48 of the cpu backend's products, and around the four that loops take at a time. */
it.each([
  [1, 1],
  [3, 7],
  [50, 49],
  [49, 50],
  [101, 6],
  [97, 97],
])('orthonormalOnce of a weight of %i x %i has the bits of orthonormal', async (rows, cols) => {
  const w = tf.randomNormal([rows, cols], 0, 1, 'float32', 5);
  const [wanted, made] = [orthonormal(w, { iterations: 8 }), orthonormalOnce(w, [1], 8)];
  expect(await valuesOf(made)).toEqual(await valuesOf(wanted));
  tf.dispose([w, wanted, made]);
});
