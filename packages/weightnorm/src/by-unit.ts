import * as tf from '@tensorflow/tfjs-core';

// Sums over units and products with one value per unit, in the form that is fast on every backend. Here `axes` number the units;
// values of units have sizes 1 on the other axes.

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The axes that do not number units. */
const otherAxes = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));

/** Where the units begin when they are the last axes of `rank` ones; else -1. */
const lastFrom = (rank: number, axes: readonly number[]): number =>
  axes.length > 0 && axes.length < rank && axes.every((axis, i) => axis === rank - axes.length + i) ? axes[0]! : -1;

/** The tensor in another shape; itself where that is its own. */
const inShape = (x: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape);

/** Where units are columns: how many rows, how many units, and the shape of one value per unit. */
function columnsOf(shape: readonly number[], axes: readonly number[]) {
  const first = lastFrom(shape.length, axes);
  if (first < 0) return null;
  const [above, units] = [shape.slice(0, first), shape.slice(first)];
  return { rows: product(above), units: product(units), perUnit: [...above.map(() => 1), ...units] };
}

/**
 * The sum over each unit. Where units are columns it is a product with ones: a sum over any axis but the last transposes, which
 * takes wasm six times and cpu 15 times as long.
 */
export function sumOfUnits(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const columns = columnsOf(x.shape, axes);
  if (!columns) return tf.sum(x, otherAxes(x.rank, axes), true);
  const { rows, units, perUnit } = columns;
  return inShape(tf.matMul(tf.ones([1, rows]), inShape(x, [rows, units]) as tf.Tensor2D), perUnit);
}

/**
 * The largest entry of each unit. Where units are columns of main memory it is a pool as high as the column, five times as fast
 * as a maximum over an axis that is not the last.
 */
export function largestOfUnits(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const columns = ['cpu', 'wasm'].includes(tf.getBackend()) ? columnsOf(x.shape, axes) : null;
  if (!columns) return tf.max(x, otherAxes(x.rank, axes), true);
  const { rows, units, perUnit } = columns;
  return tf.reshape(tf.maxPool(tf.reshape(x, [1, rows, 1, units]) as tf.Tensor4D, [rows, 1], 1, 'valid'), perUnit);
}

/**
 * One value per unit as an operand for a tensor of the given shape. The cpu backend takes ten times as long for operands of two
 * shapes as for two of one, and there it is spread over the shape, by an outer product where units are columns.
 */
export function spread(values: tf.Tensor, shape: number[], axes: readonly number[]): tf.Tensor {
  if (tf.getBackend() !== 'cpu') return values;
  const columns = columnsOf(shape, axes);
  if (!columns) return tf.broadcastTo(values, shape);
  const { rows, units } = columns;
  return inShape(tf.matMul(tf.ones([rows, 1]), inShape(values, [1, units]) as tf.Tensor2D), shape);
}
