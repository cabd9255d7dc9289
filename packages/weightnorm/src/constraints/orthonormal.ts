import * as tf from '@tensorflow/tfjs-core';
import { svd } from '@weightkit/numerics';
import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { fromMatrix, matrixOf } from '../norms/power-iteration.ts';
import { axesOf, type UnitOptions } from './by-norm.ts';

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
  return tf.tidy(() => {
    const matrix = matrixOf(w, axes);
    const [entries, units] = matrix.shape;
    const isTall = entries >= units;
    // Over the largest entry first, so that no square under- or overflows.
    const largest = tf.max(tf.abs(matrix));
    const scaled = tf.div(matrix, tf.add(largest, tf.cast(tf.equal(largest, 0), 'float32'))) as tf.Tensor2D;
    const bound = tf.sqrt(tf.max(tf.sum(tf.abs(tf.matMul(scaled, scaled, isTall, !isTall)), 1)));
    let x = tf.div(scaled, tf.add(bound, tf.cast(tf.equal(bound, 0), 'float32'))) as tf.Tensor2D;
    for (let i = 0; i < iterations; i++) x = step(x, isTall);
    return fromMatrix(x, w.shape, axes);
  });
}

/** The same by a singular value decomposition in float64 in main memory, of any weight: without full rank too. */
export async function nearestOrthonormal(w: tf.Tensor, axes: readonly number[]): Promise<tf.Tensor> {
  const matrix = tf.tidy(() => tf.clone(matrixOf(w, axes)));
  const [rows, cols] = matrix.shape;
  const values = Float64Array.from(await matrix.data());
  matrix.dispose();
  const { u, vt } = svd(values, { rows, cols });
  const inner = Math.min(rows, cols);
  const q = Float32Array.from({ length: rows * cols }, (_, at) => {
    const [row, col] = [Math.floor(at / cols), at % cols];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += u[row * inner + k]! * vt[k * cols + col]!;
    return sum;
  });
  return tf.tidy(() => fromMatrix(tf.tensor2d(q, [rows, cols]), w.shape, axes));
}
