import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';
import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { fromMatrix, matrixOf } from '../norms/power-iteration.ts';
import { axesOf, type UnitOptions } from './by-norm.ts';
import { stepsAtHand } from './steps-at-hand.ts';

/** Options of {@link orthonormal}. */
export interface OrthonormalOptions extends UnitOptions {
  /**
   * Steps of the iteration, 1 or more. An error of e becomes about ¾ e² in a step, a singular value far below the largest grows by half.
   *
   * @defaultValue 12
   */
  iterations?: number;
}

/** Gram matrix of the shorter side, and what the iteration multiplies with it. */
const step = (x: tf.Tensor2D, isTall: boolean): tf.Tensor2D => {
  const gram = tf.matMul(x, x, isTall, !isTall);
  const cubic = isTall ? tf.matMul(x, gram) : tf.matMul(gram, x);
  return tf.sub(tf.mul(1.5, x), tf.mul(0.5, cubic));
};

/** The steps by operations, which have a gradient. */
const byOperations = (start: tf.Tensor2D, iterations: number, isTall: boolean): tf.Tensor2D => {
  let x = start;
  for (let i = 0; i < iterations; i++) x = step(x, isTall);
  return x;
};

/** The same bits in less time on the cpu backend, and no gradient. */
const once = (start: tf.Tensor2D, iterations: number, isTall: boolean): tf.Tensor2D => {
  const values = tf.getBackend() === 'cpu' ? valuesAtHand(start) : null;
  if (!values) return byOperations(start, iterations, isTall);
  const [rows, cols] = start.shape;
  return tf.tensor2d(stepsAtHand({ values: Float32Array.from(values), rows, cols }, iterations), [rows, cols]);
};

function nearest(w: tf.Tensor, axes: readonly number[], iterations: number, steps: typeof byOperations): tf.Tensor {
  return tf.tidy(() => {
    const matrix = matrixOf(w, axes);
    const [entries, units] = matrix.shape;
    const isTall = entries >= units;
    // Over the largest entry first, so that no square under- or overflows.
    const largest = tf.max(tf.abs(matrix));
    const scaled = tf.div(matrix, tf.add(largest, tf.cast(tf.equal(largest, 0), 'float32'))) as tf.Tensor2D;
    const bound = tf.sqrt(tf.max(tf.sum(tf.abs(tf.matMul(scaled, scaled, isTall, !isTall)), 1)));
    const x = tf.div(scaled, tf.add(bound, tf.cast(tf.equal(bound, 0), 'float32'))) as tf.Tensor2D;
    return fromMatrix(steps(x, iterations, isTall), w.shape, axes);
  });
}

/**
 * The nearest weight with orthonormal units, the polar factor U Vᵀ of its matrix W = U Σ Vᵀ, by the iteration of Björck and Bowie (1971),
 * X ← X (3 I − Xᵀ X) / 2, from W over √‖Wᵀ W‖₁, which is at most √(units) above its largest singular value, and near 1 for a W that is
 * nearly orthonormal. Where there are more units than entries of each, the rows are orthonormal instead.
 *
 * It needs no value from the device, and so runs within a step. It takes more steps the smaller the smallest singular value is: 12 bring
 * 2 % of the largest to 1. A matrix without full rank, zero too, has none and stays without.
 *
 * @example
 * const q = orthonormal(tf.tensor2d([[2, 0], [0, 1]]));
 * console.log(Array.from(await q.data(), (x) => x.toFixed(3)).join(' ')); // -> 1.000 0.000 0.000 1.000
 *
 * @param w - float32, of rank 2 or more; borrowed
 * @param options - see {@link OrthonormalOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when `w` is no such tensor or an option is out of range
 */
export function orthonormal(w: tf.Tensor, options: OrthonormalOptions = {}): tf.Tensor {
  checkOptions('orthonormal', options, ['axis', 'iterations']);
  const { axis, iterations = 12 } = options;
  const axes = axesOf('orthonormal', w, axis);
  checkRange(axes.length > 0, 'orthonormal: axis must name one axis or more', axis);
  checkInteger('orthonormal', 'iterations', iterations, 1);
  checkRange(w.size > 0, 'orthonormal: w must have entries', w.shape);
  return nearest(w, axes, iterations, byOperations);
}

/** The same of a weight at its installation, to which no gradient goes. */
export const orthonormalOnce = (w: tf.Tensor, axes: readonly number[], iterations: number): tf.Tensor =>
  nearest(w, axes, iterations, once);

/** So many steps bring singular values of 2e-5 of the largest to 1. */
export const MANY = 30;

// What a matrix without full rank lacks of I, at least, in an entry.
const LACKING = 2 ** -8;

/** Numbers without a pattern, the same every time. */
export const scattered = (rows: number, cols: number): tf.Tensor2D =>
  tf.cos(tf.square(tf.reshape(tf.range(1, rows * cols + 1), [rows, cols])));

/** The same of any weight: what one without full rank lacks is filled up. */
export function filledOrthonormal(w: tf.Tensor, axes: readonly number[]): tf.Tensor {
  return tf.tidy(() => {
    const nearest = matrixOf(orthonormalOnce(w, axes, MANY), axes);
    const isTall = nearest.shape[0] >= nearest.shape[1];
    const q = (isTall ? nearest : tf.transpose(nearest)) as tf.Tensor2D;
    const [n, k] = q.shape;
    const missing = tf.sub(tf.eye(k), tf.matMul(q, q, true, false));
    const lacking = tf.mul(missing, tf.cast(tf.greater(tf.abs(missing), LACKING), 'float32')) as tf.Tensor2D;
    const others = tf.matMul(scattered(n, k), lacking);
    const beside = tf.sub(others, tf.matMul(q, tf.matMul(q, others, true, false)));
    const full = orthonormalOnce(tf.add(q, beside), [1], MANY) as tf.Tensor2D;
    return fromMatrix(isTall ? full : tf.transpose(full), w.shape, axes);
  });
}
