import * as tf from '@tensorflow/tfjs-core';
import {
  checkIdle,
  checkThawed,
  checkUses,
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  type Weight,
} from '@weightkit/core';
import { checkInteger, checkOptions, checkRange, checkSeed } from '@weightkit/numerics/check';
import { findWeight } from './find-weight.ts';
import { parametrizeKeeping } from './parametrize-keeping.ts';
import { iterate, matrixOf, randomVectors, type SingularVectors } from './power-iteration.ts';
import { checkMode, matrixAxes, overSigma, type SpectralMode } from './spectral-normalize.ts';
import { defaultAxis } from './unit-axes.ts';

/** A spectral normalization in place; see {@link spectralNorm}. */
export interface SpectralNorm extends Parametrization {
  /** The vectors of the power iteration as they are by now. Borrowed; freed with the parametrization. */
  readonly vectors: SingularVectors;
}

/** What {@link spectralNorm} normalizes and how. */
export interface SpectralNormOptions {
  /**
   * The layer's property; only with a layer. An RNN layer finds its cell's.
   *
   * @defaultValue `kernel`
   */
  property?: string;
  /**
   * The axis, or axes, that number the output units.
   *
   * @defaultValue where the layer has its output units; see {@link weightNorm}
   */
  axis?: number | readonly number[];
  /**
   * `exact`: σ becomes 1. `atMost`: it becomes 1 where it is above, and the weight stays as it is where it is not.
   *
   * @defaultValue `exact`
   */
  mode?: SpectralMode;
  /**
   * Steps of the power iteration in each call of the layer that gradients are taken of, 1 or more.
   *
   * @defaultValue 1
   */
  iterations?: number;
  /**
   * The seed of the vectors that the iteration begins from, with the weight's path.
   *
   * @defaultValue 0
   */
  seed?: number;
}

// As many as PyTorch begins with.
const WARM_UP = 15;

const KIND = 'spectralNorm';

const isSpectral = (weight: Weight): boolean =>
  weight.layer !== null &&
  parametrizationsOf(weight.layer).some(({ raw, kind }) => raw === weight.variable && kind === KIND);

/** The vectors of a weight, kept from call to call. */
function vectorsFor(weight: Weight, axes: readonly number[], seed: number): { u: tf.Variable; v: tf.Variable } {
  return tf.tidy(() => {
    const start = randomVectors(weight.shape, axes, seed);
    const { u, v } = iterate(matrixOf(weight.read(), axes), start, WARM_UP);
    return { u: tf.variable(u, false), v: tf.variable(v, false) } as unknown as tf.TensorContainer;
  }) as unknown as { u: tf.Variable; v: tf.Variable };
}

/**
 * Trains a layer's weight by its direction in the spectral norm: the layer computes with w / σ, σ the largest singular value of w as a
 * matrix with a column for each output unit (Miyato et al. 2018, https://arxiv.org/abs/1802.05957). The layer stays as it is; `fold()`
 * leaves w / σ in it, and `saveFolded` of `@weightkit/core` writes it at any time. No new optimizer is needed, and its state stays.
 *
 * σ is estimated by the power iteration, 15 steps at installation and `iterations` whenever the layer runs while gradients are taken,
 * in `fit` as in a loop of one's own; `predict`, `evaluate` and `value()` move nothing, nor
 * does anything while `freeze` holds the weight. The gradient goes through σ. Of a convolution
 * it is the norm of the reshaped kernel: with stride 1 the norm of the convolution itself is at most √(kernel positions) as large.
 *
 * In mode `exact` installation changes what the model predicts, unless σ is 1. The map loses σ, so it has no right inverse: while it is
 * in place the weight cannot be written, and what lies above must be restored or folded after it. A zero weight stays zero, free of NaN.
 * The vectors are freed with it, and with the model.
 *
 * @example
 * const handle = spectralNorm(model.layers[0], { mode: 'atMost' });
 * model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
 * handle.fold(); // after training: a plain layer again
 *
 * @param target - a built layer, or a weight from `weightsOf`
 * @param options - see {@link SpectralNormOptions}
 * @returns the parametrization
 * @throws TypeError or RangeError when there is no such weight, axis or mode, or the weight has fewer than two axes; Error when the
 * weight has a spectral norm already or is frozen by `freeze`; nothing has changed then
 */
export function spectralNorm(target: LayerLike | Weight, options: SpectralNormOptions = {}): SpectralNorm {
  checkOptions('spectralNorm', options, ['property', 'axis', 'mode', 'iterations', 'seed']);
  const { property, axis, mode = 'exact', iterations = 1, seed = 0 } = options;
  const weight = findWeight('spectralNorm', target, property);
  checkRange(
    weight.shape.length >= 2,
    `spectralNorm: weight must have two axes or more, got ${weight.path} of`,
    weight.shape,
  );
  const axes = matrixAxes('spectralNorm', weight.shape.length, axis === undefined ? defaultAxis(weight) : axis);
  checkMode('spectralNorm', mode);
  checkInteger('spectralNorm', 'iterations', iterations, 1);
  checkSeed('spectralNorm', seed);
  if (isSpectral(weight))
    throw new Error(`spectralNorm: weight must not have a spectral norm already, got ${weight.path}`);
  checkUses('spectralNorm', weight);
  checkThawed('spectralNorm', weight);
  checkIdle('spectralNorm', [weight]);
  return normalizeSpectrally(weight, axes, { mode, iterations, seed });
}

function normalizeSpectrally(
  weight: Weight,
  axes: readonly number[],
  { mode, iterations, seed }: { mode: SpectralMode; iterations: number; seed: number },
): SpectralNorm {
  const kept = vectorsFor(weight, axes, seed);
  const vectorsOf = (matrix: tf.Tensor2D, isTraining: boolean) => {
    if (!isTraining) return { u: tf.clone(kept.u), v: tf.clone(kept.v) };
    const next = iterate(matrix, kept, iterations);
    kept.u.assign(next.u);
    kept.v.assign(next.v);
    return next;
  };
  const handle = parametrizeKeeping(
    weight,
    {
      forward(w) {
        const isTraining = tf.engine().state.gradientDepth > 0 && weight.variable!.trainable;
        return overSigma(w, axes, mode, (matrix) => vectorsOf(matrix, isTraining));
      },
      kind: KIND,
    },
    [kept.u, kept.v],
  );
  return Object.assign(handle, { vectors: { u: kept.u, v: kept.v } });
}
