import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';
import { fromMatrix, matrixOf, type SingularVectors, sidesOf, timesU } from './power-iteration.ts';
import { unitAxes } from './unit-axes.ts';

/** How {@link spectralNormalize} reads a weight and scales it. */
export interface SpectralNormalizeOptions {
  /**
   * The axis, or axes, that number the output units, the columns of the matrix; all others are its rows. Negative counts from the end.
   *
   * @defaultValue the last axis
   */
  axis?: number | readonly number[];
  /**
   * `exact`: σ becomes 1. `atMost`: it becomes 1 where it is above, and the weight stays as it is where it is not.
   *
   * @defaultValue `exact`
   */
  mode?: SpectralMode;
}

/** Whether a norm is to be 1, or 1 at most. */
export type SpectralMode = 'exact' | 'atMost';

/** Throws unless the mode is one. */
export function checkMode(fn: string, mode: unknown): asserts mode is SpectralMode {
  checkRange(mode === 'exact' || mode === 'atMost', `${fn}: mode must be 'exact' or 'atMost'`, mode);
}

/** The axes of the units, of which there must be one. */
export function matrixAxes(fn: string, rank: number, axis: number | readonly number[]): number[] {
  checkRange(axis !== null, `${fn}: axis must be a number or a list of numbers`, axis);
  const axes = unitAxes(fn, rank, axis);
  checkRange(axes.length > 0, `${fn}: axis must name one axis or more`, axis);
  return axes;
}

// The smallest normal float32: a σ below it has no accuracy, or its inverse is infinite.
const SMALLEST = 2 ** -126;

/** A norm σ, and what its gradient takes. */
export interface Measured {
  /** σ, a scalar. */
  sigma: tf.Tensor;
  /** What `gradient` is given. */
  saved: tf.Tensor[];
  /** dσ / dw times a scalar. */
  gradient(saved: tf.Tensor[], along: tf.Tensor): tf.Tensor;
}

/** w over σ; on the tape as one operation. */
export function overNorm(w: tf.Tensor, mode: SpectralMode, measure: (w: tf.Tensor) => Measured): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [given, save] = args as unknown as [tf.Tensor, (saved: tf.Tensor[]) => void];
    const { sigma, saved: its, gradient } = measure(given);
    const dead = tf.cast(tf.less(tf.abs(sigma), SMALLEST), 'float32');
    const over = mode === 'exact' ? tf.sub(1, dead) : tf.cast(tf.greater(sigma, 1), 'float32');
    // 1 over what the weight is divided by: over σ, or by 1 where it stays.
    const stays = mode === 'exact' ? tf.scalar(0) : tf.sub(1, over);
    const rate = tf.add(tf.div(over, tf.add(tf.mul(sigma, over), tf.sub(1, over))), stays);
    const value = tf.mul(given, rate);
    save([rate, over, value, ...its]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [rate, over, value, ...its] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        // What dy has along the value goes by the gradient of σ.
        const along = tf.mul(over, tf.sum(tf.mul(dy, value)));
        return [tf.mul(tf.sub(dy, gradient(its, along)), rate)];
      },
    };
  });
  return tf.tidy(() => op(w));
}

/** The σ of a weight's matrix at given vectors. */
export function measureMatrix(w: tf.Tensor, axes: readonly number[], { u, v }: SingularVectors): Measured {
  return {
    sigma: tf.sum(tf.mul(v, timesU(matrixOf(w, axes), u))),
    saved: [u, v],
    // dσ / dw is v uᵀ.
    gradient: ([u, v], along) =>
      fromMatrix(tf.outerProduct(v as tf.Tensor1D, tf.mul(u!, along) as tf.Tensor1D), w.shape, axes),
  };
}

/** Throws unless the vectors fit the weight. */
export function checkVectors(
  fn: string,
  vectors: SingularVectors,
  shape: readonly number[],
  axes: readonly number[],
): void {
  checkPlainObject(`${fn}: vectors must be a plain object with u and v`, vectors);
  checkOptions(fn, vectors, ['u', 'v'], 'vectors');
  const { units, entries } = sidesOf(shape, axes);
  for (const [name, size] of [
    ['u', units],
    ['v', entries],
  ] as const) {
    checkTensor(fn, name, vectors[name], 'float32');
    checkRange(
      tf.util.arraysEqual(vectors[name].shape, [size]),
      `${fn}: ${name} must have shape [${size}]`,
      vectors[name].shape,
    );
  }
}

/**
 * Spectral normalization (Miyato et al. 2018, https://arxiv.org/abs/1802.05957): a weight over its largest singular value,
 *
 *     w / σ,  σ = vᵀ W u
 *
 * with W the weight as a matrix with a column for each output unit, and u and v unit vectors near the singular ones, from
 * {@link spectralVectors}. Differentiable once, in closed form and through σ: dw = (dy − ⟨dy, w / σ⟩ v uᵀ) / σ, as in PyTorch; u and v
 * are constants. Of a convolution it normalizes the matrix of the reshaped kernel: with stride 1 the norm of the convolution itself is
 * at most √(kernel positions) as large.
 *
 * Free of NaN: where |σ| is below 2⁻¹²⁶ the result is 0 in mode `exact` and w in mode `atMost` (PyTorch gives NaN), and in mode `exact`
 * so is the gradient. Values are not checked.
 *
 * @example
 * const w = tf.tensor2d([[3, 0], [0, 1]]);
 * const { u, v } = spectralVectors(w);
 * console.log(Array.from(await spectralNormalize(w, { u, v }).data(), (x) => x.toFixed(3)).join(' ')); // -> 1.000 0.000 0.000 0.333
 *
 * @param w - float32, of rank 2 or more; borrowed
 * @param vectors - `u`, as long as there are units, and `v`, as long as a unit; borrowed
 * @param options - see {@link SpectralNormalizeOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when a tensor, a shape, the axis or the mode is none of these
 */
export function spectralNormalize(
  w: tf.Tensor,
  vectors: SingularVectors,
  options: SpectralNormalizeOptions = {},
): tf.Tensor {
  checkOptions('spectralNormalize', options, ['axis', 'mode']);
  checkTensor('spectralNormalize', 'w', w, 'float32');
  const { axis = -1, mode = 'exact' } = options;
  checkMode('spectralNormalize', mode);
  const axes = matrixAxes('spectralNormalize', w.rank, axis);
  checkVectors('spectralNormalize', vectors, w.shape, axes);
  return overNorm(w, mode, (given) => measureMatrix(given, axes, vectors));
}
