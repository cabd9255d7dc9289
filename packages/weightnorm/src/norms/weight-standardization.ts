import * as tf from '@tensorflow/tfjs-core';
import {
  checkIdle,
  checkThawed,
  checkUses,
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  type Transform,
  type Weight,
} from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { findWeight } from './find-weight.ts';
import { sidesOf } from './power-iteration.ts';
import {
  checkStandard,
  fittingGain,
  type Standard,
  type StandardizeOptions,
  standardized,
  unitSizes,
} from './standardize-weight.ts';
import { defaultAxis, unitAxes } from './unit-axes.ts';

/** What {@link weightStandardization} standardizes and how. */
export interface WeightStandardizationOptions extends StandardizeOptions {
  /**
   * The layer's property; only with a layer. An RNN layer finds its cell's.
   *
   * @defaultValue `kernel`
   */
  property?: string;
  /**
   * The axis, or axes, that number the output units; `null`: the whole weight is one.
   *
   * @defaultValue where the layer has its output units; see {@link weightNorm}
   */
  axis?: number | readonly number[] | null;
  /**
   * Whether a factor for each unit is trained beside the weight. It begins at 1.
   *
   * @defaultValue as `scaled` is
   */
  gain?: boolean;
}

const fn = 'weightStandardization';
const KIND = 'weightStandardization';

/** Whether a weight is standardized. */
export const isStandardized = ({ layer, variable }: Weight): boolean =>
  layer !== null && parametrizationsOf(layer).some(({ raw, kind }) => raw === variable && kind === KIND);

/** With a gain. What is written later gets the gain that keeps it; at installation the gain is 1. */
function withGain(axes: readonly number[], standard: Standard): Transform & { placed(): void } {
  let isPlaced = false;
  return {
    forward: (w, { gain }) => tf.mul(standardized(w, axes, standard), tf.reshape(gain!, unitSizes(w.shape, axes))),
    rightInverse: (w) => w,
    variables: {
      gain: (w) => (isPlaced ? fittingGain(w, axes, standard) : tf.ones(axes.map((i) => w.shape[i]!))),
    },
    kind: KIND,
    placed() {
      isPlaced = true;
    },
  };
}

/**
 * Trains a layer's weight by its deviations alone, or those of a model's weights with {@link weightStandardizationModel}: the layer computes with each output unit without its mean and over its standard
 * deviation (Qiao et al. 2019, https://arxiv.org/abs/1903.10520), which smooths training with small batches. `scaled` divides by the root
 * of a unit's entries as well and trains a gain (Brock et al. 2021, https://arxiv.org/abs/2102.06171), for networks without
 * normalization. {@link standardizeWeight} has the formulas. The layer stays as it is; `fold()` leaves the standardized weight in it, and
 * `saveFolded` of `@weightkit/core` writes it at any time.
 *
 * Installation changes what the model predicts. With a gain compile the model with a NEW optimizer afterwards (`needsRecompile`), or
 * the gain is not trained; and again after `fold()` or `restore()`. Without, nothing is to be compiled, and the optimizer's state stays.
 *
 * Writing the weight: its means are lost, and without a gain its deviations; with one the gain takes these, so that a weight of units
 * without mean is kept. `restore()` leaves the raw weight, which installation does not touch. A unit of equal entries computes as 0 and
 * has finite gradients. Put masks above it, for zeros below do not stay zeros.
 *
 * @example
 * const handle = weightStandardization(model.layers[0]);
 * await model.fit(x, y, { epochs: 2 });
 * handle.fold(); // after training: a plain layer again
 *
 * @param target - a built layer, or a weight from `weightsOf`
 * @param options - see {@link WeightStandardizationOptions}
 * @returns the parametrization; with a gain, its `variables.gain` has one for each unit, in the shape of the unit axes
 * @throws TypeError or RangeError when there is no such weight or axis, units have one entry, or an option is out of range; Error when the
 * weight is standardized already, constrained or frozen by `freeze`; nothing has changed then
 */
export function weightStandardization(
  target: LayerLike | Weight,
  options: WeightStandardizationOptions = {},
): Parametrization {
  checkOptions(fn, options, ['property', 'axis', 'scaled', 'epsilon', 'gamma', 'gain']);
  const { property, axis } = options;
  const weight = findWeight(fn, target, property);
  const axes = unitAxes(fn, weight.shape.length, axis === undefined ? defaultAxis(weight) : axis);
  const standard = checkStandard(fn, options);
  const { gain = standard.scaled } = options;
  checkType(typeof gain === 'boolean', `${fn}: gain must be true or false`, gain);
  const { entries } = sidesOf(weight.shape, axes);
  checkRange(entries > 1, `${fn}: units of ${weight.path} must have two entries or more, for one is its mean`, entries);
  if (isStandardized(weight)) throw new Error(`${fn}: weight must not be standardized already, got ${weight.path}`);
  checkUses(fn, weight);
  checkThawed(fn, weight);
  checkIdle(fn, [weight]);
  return standardizeInPlace(fn, weight, axes, standard, gain);
}

/** Installs the parametrization on a weight, its options already checked. */
export function standardizeInPlace(
  asker: string,
  weight: Weight,
  axes: readonly number[],
  standard: Standard,
  hasGain: boolean,
): Parametrization {
  if (!hasGain)
    return parametrize(weight, {
      forward: (w) => standardized(w, axes, standard),
      rightInverse: (w) => w,
      kind: KIND,
      fn: asker,
    });
  const { placed, ...transform } = withGain(axes, standard);
  const handle = parametrize(weight, { ...transform, fn: asker });
  placed();
  return handle;
}
