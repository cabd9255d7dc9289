import * as tf from '@tensorflow/tfjs-core';
import { simplex } from '../constraints/simplex.ts';
import { type Structure, transposed } from './structure.ts';

// What is smaller goes there: at 0 no step of the map moves.
const LEAST = 1e-4;

/** The nearest weight whose columns are probabilities. */
function nearest(w: tf.Tensor): tf.Tensor {
  const rows = transposed(w);
  const found = simplex(tf.transpose(tf.reshape(rows, [-1, rows.shape[rows.rank - 1]!])));
  return transposed(tf.reshape(tf.transpose(found), rows.shape));
}

/** Columns of entries above 0 that add up to 1, by softmax. What is below 1e-4 is not nearer to 0 than that when it is written. */
export const simplexColumns: Structure = {
  map: (x) => (x.size === 0 ? tf.clone(x) : transposed(tf.softmax(transposed(x)))),
  inverse: (w) => (w.size === 0 ? tf.clone(w) : tf.log(tf.maximum(nearest(w), LEAST))),
};
