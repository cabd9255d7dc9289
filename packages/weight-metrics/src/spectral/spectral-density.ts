import type * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkBoolean, checkFinite, checkOptions, checkRange } from '@weightkit/numerics/check';
import { numbersOf } from '../values/read-values.ts';
import { eigenvaluesOf } from './eigenvalues.ts';

/** Options of {@link spectralDensity}. */
export interface SpectralDensityOptions {
  /**
   * Whether to divide by N, the longer side of the matrix: then the values are of WᵀW / N.
   * @defaultValue false
   */
  normalize?: boolean;
}

/** Downloads the entries of a tensor that can be read as matrices. */
export async function readMatrices(fn: string, w: tf.Tensor) {
  checkTensor(fn, 'w', w, 'float32', 'int32', 'bool');
  checkRange(w.rank >= 2 && w.size > 0, `${fn}: w must have rank 2 or more and entries`, w.shape);
  const entries = numbersOf((await w.data()) as Float32Array | Int32Array | Uint8Array);
  checkFinite(fn, 'entries', 'w', entries);
  return entries;
}

/**
 * The eigenvalues λ = σ² of WᵀW by which weightwatcher describes a weight: of a matrix its own, of a convolution those of the matrices of
 * all places of the kernel, inputs by outputs, each times √(places / 2). They have no order of places; {@link spectrum} reads a kernel
 * as one matrix instead.
 *
 * Martin and Mahoney 2021, "Implicit self-regularization in deep neural networks", https://arxiv.org/abs/1810.01075; the factor as in
 * weightwatcher 0.7
 *
 * @example
 * console.log(await spectralDensity(tf.tensor2d([[3, 0], [0, -4]]))); // -> Float64Array(2) [ 16, 9 ]
 *
 * @param w - rank 2 or more; the last two axes are inputs and outputs; borrowed
 * @param options - whether to divide by N
 * @returns places · min(inputs, outputs) values, descending
 * @throws RangeError and TypeError as {@link spectrum}, and for bad options
 */
export async function spectralDensity(w: tf.Tensor, options: SpectralDensityOptions = {}): Promise<Float64Array> {
  const fn = 'spectralDensity';
  checkOptions(fn, options, ['normalize']);
  const { normalize = false } = options;
  checkBoolean(fn, 'normalize', normalize);
  const values = eigenvaluesOf(await readMatrices(fn, w), w.shape);
  const longer = Math.max(...w.shape.slice(-2));
  return normalize ? values.map((value) => value / longer) : values;
}
