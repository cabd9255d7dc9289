import * as tf from '@tensorflow/tfjs-core';
import {
  allDone,
  checkLayer,
  checkThawed,
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
import { checkOptions, checkType } from '@weightkit/numerics/check';
import { largestOfUnits } from './by-unit.ts';
import { handleOfAll, type ManyParametrizations, placeAll, reasonNotNormal, sorted } from './many-weights.ts';
import { sidesOf } from './power-iteration.ts';
import { checkStandard, type StandardizeOptions } from './standardize-weight.ts';
import { defaultAxis, unitAxes } from './unit-axes.ts';
import { isStandardized, standardizeInPlace } from './weight-standardization.ts';

/** Which weights {@link weightStandardizationModel} standardizes and how. */
export interface WeightStandardizationModelOptions extends StandardizeOptions {
  /**
   * Which weights: path, glob, RegExp, function or a list of these.
   *
   * @defaultValue every kernel (`isKernel` of `@weightkit/core`)
   */
  filter?: WeightFilter;
  /**
   * The axis, or axes, that number the output units, for all of them; `null`: each weight is one.
   *
   * @defaultValue where each layer has its output units; see `weightNorm`
   */
  axis?: number | readonly number[] | null;
  /**
   * Whether a factor for each unit is trained beside each weight. It begins at 1.
   *
   * @defaultValue as `scaled` is
   */
  gain?: boolean;
}

/** One standardized weight. */
export interface StandardizedWeight {
  /** Path of the weight. */
  path: string;
  /** How many units it has. */
  units: number;
  /** How many of them had equal entries, and compute as 0. */
  constantUnits: number;
  /** The largest change of an entry that installation made. */
  moved: number;
}

/** What {@link weightStandardizationModel} did, at installation. */
export interface WeightStandardizationReport {
  /** The standardized weights, in model order. */
  standardized: StandardizedWeight[];
  /** Weights that passed the filter and were left alone, and why. */
  skipped: SkippedWeight[];
  /** Parameters added to those that are trained: the gains. */
  extraParameters: number;
}

/** The weight standardizations of a model; see {@link weightStandardizationModel}. */
export interface WeightStandardizationModel extends ManyParametrizations {
  /** What was done at installation. */
  report(): WeightStandardizationReport;
}

const fn = 'weightStandardizationModel';

/** A weight and where its units are. */
interface Chosen {
  weight: Weight;
  axes: readonly number[];
}

async function measured(
  one: Parametrization,
  axes: readonly number[],
  before: Float32Array,
): Promise<StandardizedWeight> {
  const { shape } = one.raw;
  const found = tf.tidy(() => {
    const w = tf.tensor(before, shape);
    const same = tf.equal(largestOfUnits(w, axes), tf.neg(largestOfUnits(tf.neg(w), axes)));
    return tf.stack([tf.sum(tf.cast(same, 'float32')), tf.max(tf.abs(tf.sub(one.value(), w)))]);
  });
  try {
    const [constantUnits, moved] = await found.data();
    return { path: one.path, units: sidesOf(shape, axes).units, constantUnits: constantUnits!, moved: moved! };
  } finally {
    found.dispose();
  }
}

/**
 * Weight standardization of many weights of a model at once: {@link weightStandardization} on each that passes the filter, after a check
 * that their values are finite; all of them or none. Where gains are trained, compile the model with a NEW optimizer afterwards.
 *
 * @example
 * const handle = await weightStandardizationModel(model, { scaled: true });
 * model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
 * handle.fold(); // after training: a plain model again
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link WeightStandardizationModelOptions}
 * @returns the handle over all of them, with its report
 * @throws RangeError when the filter matches nothing, an axis is not there or a weight is not finite, by path and index; TypeError or
 * RangeError for other options; Error when a weight is constrained or frozen by `freeze`; nothing has changed then
 */
export async function weightStandardizationModel(
  model: ModelLike,
  options: WeightStandardizationModelOptions = {},
): Promise<WeightStandardizationModel> {
  checkOptions(fn, options, ['filter', 'axis', 'scaled', 'epsilon', 'gamma', 'gain']);
  const standard = checkStandard(fn, options);
  const { gain = standard.scaled } = options;
  checkType(typeof gain === 'boolean', `${fn}: gain must be true or false`, gain);
  checkLayer(fn, 'model', model);
  const all = weightsOf(model, undefined, fn);
  const given = { ...options };
  return exclusively(fn, all, () =>
    standardizeAll(model, given, (weight, axes) => standardizeInPlace(fn, weight, axes, standard, gain)),
  );
}

async function standardizeAll(
  model: ModelLike,
  { filter = isKernel, axis }: WeightStandardizationModelOptions,
  place: (weight: Weight, axes: readonly number[]) => Parametrization,
): Promise<WeightStandardizationModel> {
  const axesOf = (weight: Weight): number[] =>
    unitAxes(fn, weight.shape.length, axis === undefined ? defaultAxis(weight) : axis);
  const { chosen: weights, skipped } = sorted(weightsOf(model, filter, fn), (weight) => {
    const reason = reasonNotNormal(weight);
    if (reason !== undefined) return reason;
    if (isStandardized(weight)) return 'is standardized already';
    return sidesOf(weight.shape, axesOf(weight)).entries > 1 ? undefined : 'has units of one entry';
  });
  const chosen: Chosen[] = weights.map((weight) => ({ weight, axes: axesOf(weight) }));
  for (const { weight } of chosen) {
    checkUses(fn, weight);
    checkThawed(fn, weight);
  }
  const before = await allDone(weights.map((weight) => finiteValues(fn, weight)));
  const parametrizations = placeAll(chosen, ({ weight, axes }) => place(weight, axes));
  const measuring = parametrizations.map((one, i) => measured(one, chosen[i]!.axes, before[i]!));
  const standardized = await allDone(measuring).catch((error: unknown) => {
    for (const parametrization of parametrizations) parametrization.restore();
    throw error;
  });
  const extraParameters = parametrizations
    .flatMap(({ variables }) => Object.values(variables))
    .reduce((sum, { size }) => sum + size, 0);
  return {
    ...handleOfAll('weight standardization', parametrizations, weights),
    report: () => structuredClone({ standardized, skipped, extraParameters }),
  };
}
