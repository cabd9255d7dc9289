import * as tf from '@tensorflow/tfjs-core';
import type { Structure } from './structure.ts';

// A little above 1: what was divided by its norm counts as within, whatever was rounded, so that twice is once.
const MOST = 1 + 2 ** -16;

/** Columns of a norm of 1 at most, to 2⁻¹⁷: the nearest. Those within keep their bits. */
export const unitBall: Structure = {
  map: (x) => {
    if (x.size === 0) return tf.clone(x);
    const axis = x.rank - 2;
    // Over the largest, so that no square overflows.
    const largest = tf.maximum(tf.max(tf.abs(x), axis, true), 1);
    const small = tf.div(x, largest);
    const square = tf.sum(tf.square(small), axis, true);
    // The square is 1 or more where the norm is; a root has no slope at 0.
    const norm = tf.mul(largest, tf.sqrt(tf.maximum(square, 1)));
    // 1 beyond the ball. Of comparisons and `where`, TensorFlow.js has not every gradient.
    const beyond = tf.step(tf.sub(tf.maximum(square, largest), MOST));
    return tf.div(x, tf.add(1, tf.mul(beyond, tf.sub(norm, 1))));
  },
};
