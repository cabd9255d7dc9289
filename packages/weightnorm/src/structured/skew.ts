import * as tf from '@tensorflow/tfjs-core';
import { type Structure, transposed } from './structure.ts';

/** Its mirror image with the other sign: (x − xᵀ) / 2, the nearest. */
export const skew: Structure = {
  map: (x) => tf.sub(tf.mul(x, 0.5), tf.mul(transposed(x), 0.5)),
};
