import {
  checkIdle,
  checkThawed,
  checkUses,
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  type Weight,
} from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { findWeight } from './find-weight.ts';
import { normalizeWeight, unitNorms } from './normalize-weight.ts';
import { defaultAxis, unitAxes } from './unit-axes.ts';
import { weightNormMoments } from './weight-norm-moments.ts';

/** What {@link weightNorm} normalizes and how. */
export interface WeightNormOptions {
  /**
   * The layer's property; only with a layer. An RNN layer finds its cell's. `depthwiseKernel`, `pointwiseKernel`,
   * `recurrentKernel` and `embeddings` are others.
   *
   * @defaultValue `kernel`
   */
  property?: string;
  /**
   * The axis, or axes, that number the output units; `null`: one norm for the whole weight.
   *
   * @defaultValue where the layer has its output units; see {@link weightNorm}
   */
  axis?: number | readonly number[] | null;
}

const ours = new WeakSet<Parametrization>();

/** Whether a weight's stack has a weight normalization of ours. */
export const isNormalized = (weight: Weight): boolean =>
  weight.layer !== null && parametrizationsOf(weight.layer).some((p) => p.raw === weight.variable && ours.has(p));

/** Installs the parametrization on a weight, its options already checked. */
export function normalizeInPlace(fn: string, weight: Weight, axes: readonly number[]): Parametrization {
  const axis = axes.length === 0 ? null : axes;
  const parametrization = parametrize(weight, {
    forward: (v, { g }) => normalizeWeight(v, g!, { axis }),
    rightInverse: (w) => w,
    variables: { g: (w) => unitNorms(w, axes) },
    kind: 'weightNorm',
    fn,
    moments: weightNormMoments(axes),
  });
  ours.add(parametrization);
  return parametrization;
}

/**
 * Trains a layer's weight by length and direction, w = g · v / ‖v‖ (Salimans and Kingma 2016,
 * https://arxiv.org/abs/1602.07868): the weight becomes v, and g, set to its norms, is trained beside it. The layer stays as
 * it is; `fold()` leaves w in it, and `saveFolded` of `@weightkit/core` writes w at any time.
 *
 * Compile the model with a NEW optimizer afterwards (`needsRecompile`), or g is not trained; and again after `fold()` or
 * `restore()` before it trains on, for `fit` would step g, which is gone ("already disposed"). Within `carryOptimizer` of
 * `@weightkit/core` the new optimizer gets what the old one kept of w, as that of v and g, and back.
 *
 * The norms are per output unit, by `axis` over
 *
 * | weight | shape | unit axes | g |
 * | --- | --- | --- | --- |
 * | dense, convolution, pointwise | [..., in, out] | last | [out] |
 * | transposed convolution | [..., out, in] | last but one | [out] |
 * | depthwise | [..., in, m] | last two | [in, m] |
 * | recurrent gates | [in, gates · units] | last | [gates · units] |
 * | embedding, read as dense on one-hot input | [words, out] | last | [out] |
 *
 * At installation |w − weight| ≤ 2⁻²² |weight| in each entry, four float32 roundings: of v over its largest entry, of v̂, of g
 * and of w. A zero unit stays zero (see {@link normalizeWeight}); values are not checked, {@link weightNormModel} does.
 *
 * @example
 * const handle = weightNorm(model.layers[0]);
 * model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
 * handle.fold(); // after training: a plain layer again
 *
 * @param target - a built layer, or a weight from `weightsOf`
 * @param options - see {@link WeightNormOptions}
 * @returns the parametrization; its `variables.g` are the lengths
 * @throws TypeError or RangeError when there is no such weight or axis; Error when the weight is
 * normalized already or frozen by `freeze`; nothing has changed then
 */
export function weightNorm(target: LayerLike | Weight, options: WeightNormOptions = {}): Parametrization {
  checkOptions('weightNorm', options, ['property', 'axis']);
  const { property, axis } = options;
  const weight = findWeight('weightNorm', target, property);
  const axes = unitAxes('weightNorm', weight.shape.length, axis === undefined ? defaultAxis(weight) : axis);
  if (isNormalized(weight)) throw new Error(`weightNorm: weight must not be normalized already, got ${weight.path}`);
  checkUses('weightNorm', weight);
  checkThawed('weightNorm', weight);
  checkIdle('weightNorm', [weight]);
  return normalizeInPlace('weightNorm', weight, axes);
}
