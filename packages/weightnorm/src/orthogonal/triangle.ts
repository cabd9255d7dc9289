import * as tf from '@tensorflow/tfjs-core';

/** 1 below the diagonal, and on it where that is wanted; 0 elsewhere. */
export function below(rows: number, cols: number, isOn: boolean): tf.Tensor2D {
  const row = tf.reshape(tf.range(0, rows), [rows, 1]);
  const col = tf.reshape(tf.range(0, cols), [1, cols]);
  return tf.cast(isOn ? tf.greaterEqual(row, col) : tf.greater(row, col), 'float32');
}

/** What a function gives of a matrix, as a constant: comparisons have no gradient in TensorFlow.js. */
export const constantOf = (x: tf.Tensor2D, f: (x: tf.Tensor2D) => tf.Tensor): tf.Tensor =>
  tf.customGrad((given) => ({ value: f(given as tf.Tensor2D), gradFunc: () => tf.zeros(x.shape) }))(x);
