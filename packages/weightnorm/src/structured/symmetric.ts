import * as tf from '@tensorflow/tfjs-core';
import { type Structure, transposed } from './structure.ts';

/** Equal to its mirror image: (x + xᵀ) / 2, the nearest. Halves are added, for sums may overflow. */
export const symmetric: Structure = {
  map: (x) => tf.add(tf.mul(x, 0.5), tf.mul(transposed(x), 0.5)),
};
