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
import { checkInteger, checkOptions, checkRange, checkSeed, checkType } from '@weightkit/numerics/check';
import { type Circular, iterateColumns, measureCircular, randomColumns, wavesOf } from './circular-norm.ts';
import { findWeight } from './find-weight.ts';
import { parametrizeKeeping } from './parametrize-keeping.ts';
import { iterate, matrixOf, randomVectors, type SingularVectors } from './power-iteration.ts';
import {
  checkMode,
  type Measured,
  matrixAxes,
  measureMatrix,
  overNorm,
  type SpectralMode,
} from './spectral-normalize.ts';
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
   * Of a convolution: the height and width of images, or the length of sequences. Then σ is the norm of the convolution around them, and
   * not of the reshaped kernel; `axis` must be left out.
   *
   * @defaultValue none
   */
  size?: readonly number[];
  /**
   * The seed of the vectors that the iteration begins from, with the weight's path.
   *
   * @defaultValue 0
   */
  seed?: number;
}

// As many as PyTorch begins with.
const WARM_UP = 15;

// Installation alone has them: as many as leave 1e-5 of a norm whose second value is 0.97 of it.
const CIRCULAR_WARM_UP = 100;

const KIND = 'spectralNorm';

const isSpectral = (weight: Weight): boolean =>
  weight.layer !== null &&
  parametrizationsOf(weight.layer).some(({ raw, kind }) => raw === weight.variable && kind === KIND);

/** A norm and the vectors that it is estimated by, kept from call to call. */
interface Estimate {
  u: tf.Variable;
  v: tf.Variable;
  /** More tensors that it needs. */
  others: tf.Tensor[];
  /** Steps of the power iteration. */
  next(w: tf.Tensor, iterations: number): SingularVectors;
  measure(w: tf.Tensor, vectors: SingularVectors): Measured;
}

/** Tensors outlive the tidy that they are made in where they are kept. */
const variablesOf = ({ u, v }: SingularVectors): { u: tf.Variable; v: tf.Variable } => ({
  u: tf.variable(u, false),
  v: tf.variable(v, false),
});

function ofMatrix(weight: Weight, axes: readonly number[], seed: number): Estimate {
  const next: Estimate['next'] = (w, iterations) => iterate(matrixOf(w, axes), kept, iterations);
  const kept = tf.tidy(
    () => variablesOf(randomVectors(weight.shape, axes, seed)) as unknown as tf.TensorContainer,
  ) as unknown as {
    u: tf.Variable;
    v: tf.Variable;
  };
  return { ...kept, others: [], next, measure: (w, vectors) => measureMatrix(w, axes, vectors) };
}

function ofCircle(circular: Circular, seed: number): Estimate {
  const { channels } = circular;
  const waves = tf.tidy(() => wavesOf(circular) as unknown as tf.TensorContainer) as unknown as ReturnType<
    typeof wavesOf
  >;
  const kept = tf.tidy(
    () => variablesOf(randomColumns(waves.cos.shape[0], channels, seed)) as unknown as tf.TensorContainer,
  ) as unknown as { u: tf.Variable; v: tf.Variable };
  return {
    ...kept,
    others: [waves.cos, waves.sin],
    next: (w, iterations) => iterateColumns(w, waves, channels, kept, iterations),
    measure: (w, vectors) => measureCircular(w, waves, channels, vectors),
  };
}

const CONVOLUTIONS = ['Conv1D', 'Conv2D', 'Conv2DTranspose'];

/** The convolution around images of a size, of a layer whose kernel it is. */
function circularOf(fn: string, weight: Weight, size: readonly number[]): Circular {
  const { layer, path, property, shape } = weight;
  checkRange(
    property === 'kernel' && CONVOLUTIONS.includes(layer?.getClassName() ?? ''),
    `${fn}: size must be left out but for kernels of ${CONVOLUTIONS.join(', ')}`,
    `${path} of ${layer?.getClassName() ?? 'no layer'}`,
  );
  const window = shape.slice(0, -2);
  const given = (layer as unknown as { dilationRate?: number | readonly number[] }).dilationRate ?? 1;
  const dilation = window.map((_, axis) => (typeof given === 'number' ? given : given[axis]!));
  checkType(
    Array.isArray(size) && size.length === window.length,
    `${fn}: size must be a list of ${window.length} numbers`,
    size,
  );
  const least = window.map((n, axis) => (n - 1) * dilation[axis]! + 1);
  checkRange(
    Array.from(size, (n, axis) => Number.isInteger(n) && n >= least[axis]! && n < 2 ** 15).every(Boolean),
    `${fn}: size must be of integers from [${least}] to below 2^15`,
    size,
  );
  return { window, size: [...size], dilation, channels: shape.slice(-2) as [number, number] };
}

/**
 * Trains a layer's weight by its direction in the spectral norm: the layer computes with w / σ, σ the largest singular value of w as a
 * matrix with a column for each output unit (Miyato et al. 2018, https://arxiv.org/abs/1802.05957). The layer stays as it is; `fold()`
 * leaves w / σ in it, and `saveFolded` of `@weightkit/core` writes it at any time. No new optimizer is needed, and its state stays.
 *
 * σ is estimated by the power iteration, 15 steps at installation and `iterations` whenever the layer runs while gradients are taken,
 * in `fit` as in a loop of one's own; `predict`, `evaluate` and `value()` move nothing, nor
 * does anything while `freeze` holds the weight. The gradient goes through σ. Of a convolution
 * it is the norm of the reshaped kernel: with stride 1 the norm of the convolution itself is at most √(kernel positions) as large. With
 * `size` it is the norm of the convolution itself around images of that size, the largest of the kernel's Fourier transform (Sedghi, Gupta
 * and Long 2019, https://arxiv.org/abs/1805.10408), estimated at every frequency. A layer that pads with zeros is another map, whose norm
 * is not that, but no more than that at `size` + kernel − 1 (dilation counted); without padding, no more than that at `size`; and
 * strides leave outputs out. Its time and memory grow as image places · inputs · outputs.
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
  checkOptions('spectralNorm', options, ['property', 'axis', 'mode', 'iterations', 'size', 'seed']);
  const { property, axis, mode = 'exact', iterations = 1, size, seed = 0 } = options;
  const weight = findWeight('spectralNorm', target, property);
  checkRange(
    weight.shape.length >= 2,
    `spectralNorm: weight must have two axes or more, got ${weight.path} of`,
    weight.shape,
  );
  checkRange(size === undefined || axis === undefined, 'spectralNorm: axis must be left out where size is given', axis);
  const circular = size === undefined ? undefined : circularOf('spectralNorm', weight, size);
  const axes = matrixAxes('spectralNorm', weight.shape.length, axis === undefined ? defaultAxis(weight) : axis);
  checkMode('spectralNorm', mode);
  checkInteger('spectralNorm', 'iterations', iterations, 1);
  checkSeed('spectralNorm', seed);
  if (isSpectral(weight))
    throw new Error(`spectralNorm: weight must not have a spectral norm already, got ${weight.path}`);
  checkUses('spectralNorm', weight);
  checkThawed('spectralNorm', weight);
  checkIdle('spectralNorm', [weight]);
  const estimate = circular ? ofCircle(circular, seed) : ofMatrix(weight, axes, seed);
  return normalizeSpectrally(weight, estimate, { mode, iterations, warmUp: circular ? CIRCULAR_WARM_UP : WARM_UP });
}

function normalizeSpectrally(
  weight: Weight,
  estimate: Estimate,
  { mode, iterations, warmUp }: { mode: SpectralMode; iterations: number; warmUp: number },
): SpectralNorm {
  const { u, v, others, next, measure } = estimate;
  const move = (w: tf.Tensor, steps: number): SingularVectors => {
    const moved = next(w, steps);
    u.assign(moved.u);
    v.assign(moved.v);
    return moved;
  };
  tf.tidy(() => {
    move(weight.read(), warmUp);
  });
  const handle = parametrizeKeeping(
    weight,
    {
      forward(w) {
        const isTraining = tf.engine().state.gradientDepth > 0 && weight.variable!.trainable;
        return overNorm(w, mode, (given) =>
          measure(
            given,
            isTraining ? move(given, iterations) : { u: tf.clone(u as tf.Tensor), v: tf.clone(v as tf.Tensor) },
          ),
        );
      },
      kind: KIND,
      fn: KIND,
    },
    [u, v, ...others],
  );
  return Object.assign(handle, { vectors: { u, v } });
}
