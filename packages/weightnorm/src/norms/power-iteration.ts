import * as tf from '@tensorflow/tfjs-core';
import { randomKey, threefry2x32 } from '@weightkit/numerics';
import { otherAxes } from './by-unit.ts';

/** Unit vectors on both sides of a weight's matrix. */
export interface SingularVectors {
  /** As many entries as there are units. */
  u: tf.Tensor;
  /** As many entries as a unit has. */
  v: tf.Tensor;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** How many units there are, and how many entries each has. */
export const sidesOf = (shape: readonly number[], axes: readonly number[]): { units: number; entries: number } => {
  const units = product(axes.map((i) => shape[i]!));
  return { units, entries: product(shape) / Math.max(1, units) };
};

/** The axes in the order of a matrix with a row for each entry and a column for each unit. */
const matrixOrder = (rank: number, axes: readonly number[]): number[] => [...otherAxes(rank, axes), ...axes];

/** The weight as a matrix with a column for each unit. */
export function matrixOf(w: tf.Tensor, axes: readonly number[]): tf.Tensor2D {
  const order = matrixOrder(w.rank, axes);
  const { units, entries } = sidesOf(w.shape, axes);
  return tf.reshape(order.every((axis, i) => axis === i) ? w : tf.transpose(w, order), [entries, units]);
}

/** The matrix in the shape of the weight. */
export function fromMatrix(matrix: tf.Tensor, shape: readonly number[], axes: readonly number[]): tf.Tensor {
  const order = matrixOrder(shape.length, axes);
  const inOrder = tf.reshape(
    matrix,
    order.map((axis) => shape[axis]!),
  );
  if (order.every((axis, i) => axis === i)) return inOrder;
  return tf.transpose(
    inOrder,
    order.map((_, i) => order.indexOf(i)),
  );
}

/** The vector over its norm; `otherwise` where it is 0. Over its largest entry first, so that no square under- or overflows. */
function unitVector(x: tf.Tensor, otherwise: tf.Tensor): tf.Tensor {
  const largest = tf.max(tf.abs(x));
  const dead = tf.cast(tf.equal(largest, 0), 'float32');
  const scaled = tf.div(x, tf.add(largest, dead));
  const length = tf.sqrt(tf.sum(tf.square(scaled)));
  return tf.add(tf.div(scaled, tf.add(length, dead)), tf.mul(otherwise, dead));
}

const column = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.size, 1]);

/** The matrix times a vector of the units. */
export const timesU = (matrix: tf.Tensor2D, u: tf.Tensor): tf.Tensor => tf.reshape(tf.matMul(matrix, column(u)), [-1]);

const timesV = (matrix: tf.Tensor2D, v: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.matMul(column(v), matrix, true, false), [-1]);

/** A random vector of length 1, its entries uniform before that. */
export function randomUnit(size: number, seed: number, name: string): Float32Array {
  const key = randomKey(seed, name);
  const values = Float64Array.from({ length: size }, (_, i) => threefry2x32(key, 0, i)[0] / 2 ** 31 - 1);
  const length = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  return Float32Array.from(values, (x) => x / length);
}

/** Random unit vectors on both sides. */
export const randomVectors = (shape: readonly number[], axes: readonly number[], seed: number): SingularVectors => {
  const { units, entries } = sidesOf(shape, axes);
  return { u: tf.tensor1d(randomUnit(units, seed, 'u')), v: tf.tensor1d(randomUnit(entries, seed, 'v')) };
};

/**
 * Steps of the power iteration, u = normalize(Wᵀ v) and v = normalize(W u), W with a column for each unit: v is what a product begins
 * from. A v that W maps to 0 gives way to one without a pattern, for else it would never leave 0: that happens when what v lies on was pruned.
 */
export function iterate(matrix: tf.Tensor2D, { u, v }: SingularVectors, iterations: number): SingularVectors {
  return tf.tidy(() => {
    const lost = tf.cast(tf.equal(tf.max(tf.abs(timesV(matrix, v))), 0), 'float32');
    const fresh = unitVector(tf.cos(tf.square(tf.range(1, v.size + 1))), v);
    let now: SingularVectors = { u, v: tf.add(tf.mul(v, tf.sub(1, lost)), tf.mul(fresh, lost)) };
    for (let i = 0; i < iterations; i++) {
      const nextU = unitVector(timesV(matrix, now.v), now.u);
      now = { u: nextU, v: unitVector(timesU(matrix, nextU), now.v) };
    }
    return now as unknown as tf.TensorContainer;
  }) as unknown as SingularVectors;
}
