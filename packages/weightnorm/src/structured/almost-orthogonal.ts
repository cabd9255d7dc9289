import * as tf from '@tensorflow/tfjs-core';
import { spectrum } from './spectrum.ts';
import type { FactorStructure } from './structure.ts';

// Of the radius: nearer to the ends steps of the map are small.
const MOST = 1 - 2 ** -10;

/** Matrices whose singular values are within a radius of 1: 1 + radius · tanh x. */
export const almostOrthogonal = (radius: number): FactorStructure =>
  spectrum(Math.min, {
    values: (x) => tf.add(1, tf.mul(radius, tf.tanh(x))),
    inverse(s) {
      const share = tf.clipByValue(tf.div(tf.sub(s, 1), radius), -MOST, MOST);
      // artanh, which not every backend has.
      return tf.mul(0.5, tf.log(tf.div(tf.add(1, share), tf.sub(1, share))));
    },
  });
