import {
  allDone,
  checkIdle,
  checkLayer,
  checkUses,
  exclusively,
  finiteValues,
  foldAll,
  isKernel,
  type ModelLike,
  type Parametrization,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
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
export interface WeightNormModel {
  /** One per normalized weight, in model order. */
  readonly parametrizations: readonly Parametrization[];
  /**
   * Whether the model must be compiled with a NEW optimizer, after installation and again after `fold` or `restore`: true
   * unless nothing was normalized.
   */
  readonly needsRecompile: boolean;
  /** What was done at installation. */
  report(): WeightNormReport;
  /**
   * Takes all of them away and leaves w in the layers: the model predicts as before. Compile it anew before it trains on.
   *
   * @throws Error when one of them was taken away already; nothing has changed then
   */
  fold(): void;
  /**
   * Takes all of them away and leaves v in the layers, as it is by now. Compile the model anew before it trains on.
   *
   * @throws Error when one of them was taken away already; nothing has changed then
   */
  restore(): void;
}

function reasonNot(weight: Weight): string | undefined {
  if (weight.dtype !== 'float32') return `is ${weight.dtype}, not float32`;
  if (weight.property === null) return 'is not held by a property of its layer';
  if (weight.shape.length < 2) return 'has fewer than two axes';
  if (!weight.trainable) return 'is not trainable';
  return isNormalized(weight) ? 'is normalized already' : undefined;
}

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

function checkInPlace(fn: string, parametrizations: readonly Parametrization[]): void {
  const gone = parametrizations.find(({ installed }) => !installed);
  if (gone) throw new Error(`${fn}: every weight normalization must be in place, got ${gone.path} without it`);
}

/** All or none. */
function install(weights: readonly { weight: Weight; axes: readonly number[] }[]): Parametrization[] {
  const installed: Parametrization[] = [];
  try {
    for (const { weight, axes } of weights) installed.push(normalizeInPlace(weight, axes));
    return installed;
  } catch (error) {
    for (const parametrization of installed) parametrization.restore();
    throw error;
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
  const skipped = matched.flatMap((weight) => {
    const reason = reasonNot(weight);
    return reason === undefined ? [] : [{ path: weight.path, reason }];
  });
  const chosen = matched
    .filter((weight) => reasonNot(weight) === undefined)
    .map((weight) => ({
      weight,
      axes: unitAxes('weightNormModel', weight.shape.length, axis === undefined ? defaultAxis(weight) : axis),
    }));
  for (const { weight } of chosen) checkUses('weightNormModel', weight);
  const weights = chosen.map(({ weight }) => weight);
  const before = await allDone(chosen.map(({ weight }) => finiteValues('weightNormModel', weight)));
  const parametrizations = install(chosen);
  const measuring = parametrizations.map((p, i) => measured(p, before[i]!));
  const normalized = await allDone(measuring).catch((error: unknown) => {
    for (const parametrization of parametrizations) parametrization.restore();
    throw error;
  });
  return {
    parametrizations,
    needsRecompile: parametrizations.length > 0,
    report: () => ({
      normalized: normalized.map((one) => ({ ...one })),
      skipped: skipped.map((one) => ({ ...one })),
      extraParameters: normalized.reduce((sum, { units }) => sum + units, 0),
      maxDelta: normalized.reduce((most, { maxDelta }) => Math.max(most, maxDelta), 0),
    }),
    fold() {
      checkInPlace('fold', parametrizations);
      checkIdle('fold', weights);
      foldAll(parametrizations, 'fold');
    },
    restore() {
      checkInPlace('restore', parametrizations);
      checkIdle('restore', weights);
      for (const parametrization of parametrizations) parametrization.restore();
    },
  };
}
