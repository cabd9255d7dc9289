import * as tf from '@tensorflow/tfjs-core';

// Sums and maxima over units by operations. Here `axes` number the units; values of units have sizes 1 on the other axes.

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The axes that do not number units. */
export const otherAxes = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));

/** Where the units begin when they are the last axes of `rank` ones; else -1. */
const lastFrom = (rank: number, axes: readonly number[]): number =>
  axes.length > 0 && axes.length < rank && axes.every((axis, i) => axis === rank - axes.length + i) ? axes[0]! : -1;

/** The tensor in another shape; itself where that is its own. */
const inShape = (x: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape);

/** The sum over each unit. Where units are columns it is a product with ones: a sum over any axis but the last transposes first. */
export function sumOfUnits(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const first = lastFrom(x.rank, axes);
  if (first < 0) return tf.sum(x, otherAxes(x.rank, axes), true);
  const [above, units] = [x.shape.slice(0, first), x.shape.slice(first)];
  const rows = product(above);
  const columns = inShape(x, [rows, product(units)]) as tf.Tensor2D;
  return inShape(tf.matMul(tf.ones([1, rows]), columns), [...above.map(() => 1), ...units]);
}

/** The largest entry of each unit. */
export const largestOfUnits = (x: tf.Tensor, axes: readonly number[]): tf.Tensor =>
  tf.max(x, otherAxes(x.rank, axes), true);
