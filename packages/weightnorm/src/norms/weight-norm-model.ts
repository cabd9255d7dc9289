import {
  allDone,
  checkLayer,
  checkUses,
  exclusively,
  finiteValues,
  isKernel,
  type ModelLike,
  type Parametrization,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { handleOfAll, type ManyParametrizations, placeAll, reasonNotNormal, sorted } from './many-weights.ts';
import { defaultAxis, unitAxes } from './unit-axes.ts';
import { isNormalized, normalizeInPlace } from './weight-norm.ts';

/** Which weights {@link weightNormModel} normalizes and how. */
export interface WeightNormModelOptions {
  /**
   * Which weights: path, glob, RegExp, function or a list of these.
   *
   * @defaultValue every kernel (`isKernel` of `@weightkit/core`)
   */
  filter?: WeightFilter;
  /**
   * The axis, or axes, that number the output units, for all of them; `null`: one norm per weight.
   *
   * @defaultValue where each layer has its output units; see `weightNorm`
   */
  axis?: number | readonly number[] | null;
}

/** One normalized weight. */
export interface NormalizedWeight {
  /** Path of the weight. */
  path: string;
  /** How many units it has: the size of g. */
  units: number;
  /** How many of them were zero, and will stay so. */
  zeroUnits: number;
  /** Largest |w − weight| that installation made: at most 2⁻²² of the weight's largest entry. */
  maxDelta: number;
}

/** What {@link weightNormModel} did, at installation. */
export interface WeightNormReport {
  /** The normalized weights, in model order. */
  normalized: NormalizedWeight[];
  /** Weights that passed the filter and were left alone, and why. */
  skipped: SkippedWeight[];
  /** Parameters added to those that are trained: all units. */
  extraParameters: number;
  /** Largest |w − weight| of all. */
  maxDelta: number;
}

/** The weight normalizations of a model; see {@link weightNormModel}. */
export interface WeightNormModel extends ManyParametrizations {
  /** What was done at installation. */
  report(): WeightNormReport;
}

const reasonNot = (weight: Weight): string | undefined =>
  reasonNotNormal(weight) ?? (isNormalized(weight) ? 'is normalized already' : undefined);

async function measured(parametrization: Parametrization, before: Float32Array): Promise<NormalizedWeight> {
  const value = parametrization.value();
  // A tensor of its own: WebGPU reads later, and who waits may dispose the model in the meantime.
  const lengths = parametrization.variables.g!.clone();
  try {
    const [after, norms] = await allDone([value.data(), lengths.data()]);
    let maxDelta = 0;
    for (let i = 0; i < before.length; i++) maxDelta = Math.max(maxDelta, Math.abs(after[i]! - before[i]!));
    return {
      path: parametrization.path,
      units: norms.length,
      zeroUnits: Array.from(norms).filter((g) => g === 0).length,
      maxDelta,
    };
  } finally {
    value.dispose();
    lengths.dispose();
  }
}

/**
 * Weight normalization of many weights of a model at once: `weightNorm` on each that passes the filter, after a check that
 * their values are finite. Compile the model with a NEW optimizer afterwards, or the lengths g are not trained.
 *
 * @example
 * const normed = await weightNormModel(model, { filter: /kernel$/ });
 * model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
 * normed.fold(); // after training: a plain model again
 *
 * @param model - a built LayersModel
 * @param options - see {@link WeightNormModelOptions}
 * @returns the handle over all of them, with its report
 * @throws RangeError when the filter matches nothing, an axis is not there or a weight is not finite, by path and index;
 * nothing has changed then
 */
export async function weightNormModel(
  model: ModelLike,
  options: WeightNormModelOptions = {},
): Promise<WeightNormModel> {
  checkOptions('weightNormModel', options, ['filter', 'axis']);
  checkLayer('weightNormModel', 'model', model);
  const all = weightsOf(model, undefined, 'weightNormModel');
  return exclusively('weightNormModel', all, () => normalizeAll(model, options));
}

async function normalizeAll(
  model: ModelLike,
  { filter = isKernel, axis }: WeightNormModelOptions,
): Promise<WeightNormModel> {
  const matched = weightsOf(model, filter, 'weightNormModel');
  const { chosen: weights, skipped } = sorted(matched, reasonNot);
  const chosen = weights.map((weight) => ({
    weight,
    axes: unitAxes('weightNormModel', weight.shape.length, axis === undefined ? defaultAxis(weight) : axis),
  }));
  for (const { weight } of chosen) checkUses('weightNormModel', weight);
  const before = await allDone(chosen.map(({ weight }) => finiteValues('weightNormModel', weight)));
  const parametrizations = placeAll(chosen, ({ weight, axes: its }) =>
    normalizeInPlace('weightNormModel', weight, its),
  );
  const measuring = parametrizations.map((p, i) => measured(p, before[i]!));
  const normalized = await allDone(measuring).catch((error: unknown) => {
    for (const parametrization of parametrizations) parametrization.restore();
    throw error;
  });
  return {
    ...handleOfAll('weight normalization', parametrizations, weights),
    report: () => ({
      normalized: normalized.map((one) => ({ ...one })),
      skipped: skipped.map((one) => ({ ...one })),
      extraParameters: normalized.reduce((sum, { units }) => sum + units, 0),
      maxDelta: normalized.reduce((most, { maxDelta }) => Math.max(most, maxDelta), 0),
    }),
  };
}
