import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';

interface Mapped {
  value: ArrayLike<number>;
  /** The gradient of the matrix from that of its value. */
  gradient(dy: Float32Array): ArrayLike<number>;
}

/**
 * Maps each matrix of the last two axes by loops over values at hand; differentiable once. Null
 * where values are not at hand (on tfjs-node more than `most`), or the map cannot take one.
 */
export function eachAtHand(
  x: tf.Tensor,
  map: (matrix: Float32Array, size: { rows: number; cols: number }) => Mapped | null,
  most?: number,
): tf.Tensor | null {
  const values = (valuesAtHand(x, { most }) as Float32Array | null)?.slice();
  if (!values) return null;
  const [rows, cols] = x.shape.slice(-2) as [number, number];
  const length = rows * cols;
  const matrixOf = (all: Float32Array, i: number) => all.subarray(i * length, (i + 1) * length);
  const mapped: Mapped[] = [];
  for (let i = 0; i < values.length / length; i++) {
    const one = map(matrixOf(values, i), { rows, cols });
    if (!one) return null;
    mapped.push(one);
  }
  const joined = (of: (one: Mapped, i: number) => ArrayLike<number>): tf.Tensor => {
    const all = new Float32Array(values.length);
    for (const [i, one] of mapped.entries()) all.set(of(one, i), i * length);
    return tf.tensor(all, x.shape);
  };
  const op = tf.customGrad((_given) => ({
    value: joined(({ value }) => value),
    gradFunc: (dy: tf.Tensor) => {
      const slopes = (valuesAtHand(dy) ?? dy.dataSync()) as Float32Array;
      return joined((one, i) => one.gradient(matrixOf(slopes, i)));
    },
  }));
  return op(x);
}
