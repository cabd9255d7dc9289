import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkInteger, checkOptions, checkSeed } from '@weightkit/numerics/check';
import { iterate, matrixOf, randomVectors, type SingularVectors } from './power-iteration.ts';
import { checkVectors, matrixAxes } from './spectral-normalize.ts';

/** How {@link spectralVectors} reads a weight and how far it goes. */
export interface SpectralVectorsOptions {
  /**
   * The axis, or axes, that number the output units, the columns of the matrix. Negative counts from the end.
   *
   * @defaultValue the last axis
   */
  axis?: number | readonly number[];
  /**
   * How many steps of the power iteration, 1 or more.
   *
   * @defaultValue 15, as PyTorch begins with
   */
  iterations?: number;
  /**
   * What to go on from; borrowed.
   *
   * @defaultValue random unit vectors
   */
  start?: SingularVectors;
  /**
   * The seed of the random ones.
   *
   * @defaultValue 0
   */
  seed?: number;
}

/**
 * The singular vectors of a weight's largest singular value, by the power iteration: the weight as a matrix W with a column for each
 * output unit, u = normalize(Wᵀ v), then v = normalize(W u). The error shrinks by (σ₂ / σ₁)² in a step.
 *
 * A vector that W maps to 0 begins anew, and of a zero weight the vectors stay what they were: both are always unit vectors.
 *
 * @example
 * const { u } = spectralVectors(tf.tensor2d([[3, 0], [0, 1]]));
 * console.log(Array.from(await u.data(), (x) => Math.abs(x).toFixed(3)).join(' ')); // -> 1.000 0.000
 *
 * @param w - float32, of rank 2 or more; borrowed
 * @param options - see {@link SpectralVectorsOptions}
 * @returns new tensors: `u`, as long as there are units, and `v`, as long as a unit
 * @throws TypeError or RangeError when a tensor, a shape, the axis, the seed or the number of steps is none
 */
export function spectralVectors(w: tf.Tensor, options: SpectralVectorsOptions = {}): SingularVectors {
  checkOptions('spectralVectors', options, ['axis', 'iterations', 'start', 'seed']);
  checkTensor('spectralVectors', 'w', w, 'float32');
  const { axis = -1, iterations = 15, start, seed = 0 } = options;
  const axes = matrixAxes('spectralVectors', w.rank, axis);
  checkInteger('spectralVectors', 'iterations', iterations, 1);
  checkSeed('spectralVectors', seed);
  if (start !== undefined) checkVectors('spectralVectors', start, w.shape, axes);
  return tf.tidy(() => {
    const from = start ?? randomVectors(w.shape, axes, seed);
    return iterate(matrixOf(w, axes), from, iterations) as unknown as tf.TensorContainer;
  }) as unknown as SingularVectors;
}
