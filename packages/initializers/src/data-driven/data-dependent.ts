import * as tf from '@tensorflow/tfjs-core';
import {
  checkModel,
  exclusively,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkOptions, checkSeed, checkType } from '@weightkit/numerics/check';
import { type Initializer, lawOf } from '../laws/initializer.ts';
import { checkPace, type PaceOptions } from '../model/pace.ts';
import { sitesOf } from '../model/sites.ts';
import { type Calibrated, calibrateOn } from './calibrate.ts';
import type { Reading, Rule } from './calibration-pass.ts';

/** Options of {@link dataDependent}. */
export interface DataDependentOptions extends PaceOptions {
  /**
   * Which kernels, with the biases beside them; layers of others are measured and left.
   *
   * @defaultValue all
   */
  filter?: WeightFilter;
  /**
   * What fills the kernels before they are scaled; null keeps the directions that they have. The paper's is `normal()`.
   *
   * @defaultValue null
   */
  start?: Initializer | null;
  /**
   * Of the start: any safe integer.
   *
   * @defaultValue 0
   */
  seed?: number;
}

/** How far a layer's units are from mean 0 and standard deviation 1 before its activation; dead ones do not count. */
export interface UnitErrors {
  /** Largest |mean|. */
  mean: number;
  /** Largest |standard deviation - 1|. */
  std: number;
}

/** What {@link dataDependent} did to one layer. */
export interface DataDependentLayer {
  /** The layer's path. */
  path: string;
  /** The path of the kernel that was scaled. */
  kernel: string;
  /** The path of the bias that was set; null where the layer has none. */
  bias: string | null;
  /** The errors in the model as it was given. */
  before: UnitErrors;
  /** The errors in the model as it is now. */
  after: UnitErrors;
  /** Units whose output does not vary on the batch, which were left as they are. */
  dead: number[];
  /** How often the layer was changed. */
  iterations: number;
  /** Least and largest of what the units' weights were multiplied by. */
  scale: [least: number, largest: number];
  /** Whether the errors after are below 1e-3; without a bias, whether that of the standard deviation is. */
  converged: boolean;
  /** Why the layer was left, or what is not as it should be; null where all is. */
  reason: string | null;
}

/** What {@link dataDependent} did. */
export interface DataDependentReport {
  /** The seed. */
  seed: number;
  /** Dense and convolution layers in the order in which data reaches them. */
  layers: DataDependentLayer[];
  /** The weights of other layers, which were left as they are. */
  skipped: SkippedWeight[];
  /** Largest error of a standard deviation among the layers that were changed. */
  worst: number;
  /** Whether all of these converged. */
  converged: boolean;
}

/** A standard deviation below 2^-16 of the mean is what rounding leaves of a constant in float32. */
const CONSTANT = 2 ** -32;
const LEAST = 1e-37;
const NEAR = 2e-5;
const CONVERGED = 1e-3;

const whiten: Rule = ({ mean, variance }, bias) => {
  const alive = tf.greater(variance, tf.maximum(tf.mul(tf.square(mean), CONSTANT), LEAST));
  const far = tf.logicalAnd(alive, tf.greater(tf.abs(tf.sub(variance, 1)), NEAR));
  const ones = tf.onesLike(variance);
  const scale = tf.where(far, tf.div(ones, tf.sqrt(tf.maximum(variance, LEAST))), ones);
  if (!bias) return { scale, bias: null };
  const wanted = tf.neg(tf.mul(mean, scale));
  const off = tf.logicalAnd(alive, tf.greater(tf.abs(tf.sub(bias, wanted)), NEAR));
  return { scale, bias: tf.where(off, wanted, bias) };
};

const isDead = ({ mean, variance, bias }: Reading, unit: number): boolean =>
  !(variance[unit]! > Math.max((mean[unit]! - (bias?.[unit] ?? 0)) ** 2 * CONSTANT, LEAST));

function errorsOf(reading: Reading, units: readonly number[]): UnitErrors {
  // Not Math.max(...), for a layer may have more units than a call has room for arguments.
  const worst = (f: (unit: number) => number): number =>
    units.reduce((most, unit) => Math.max(most, Math.abs(f(unit))), 0);
  return {
    mean: worst((unit) => reading.mean[unit]!),
    std: worst((unit) => Math.sqrt(reading.variance[unit]!) - 1),
  };
}

function reasonOf(layer: Omit<DataDependentLayer, 'reason'>): string | null {
  if (layer.dead.length > 0) return 'the output of dead units is the same everywhere on the batch';
  if (layer.bias === null) return 'it has no bias to move its means';
  return layer.converged ? null : 'its units are not independent of their own output (shared layer?)';
}

function layerReport({ site, before, after, iterations, scale }: Calibrated): DataDependentLayer {
  const { path, kernel, bias } = site.linear;
  const units = Array.from(after.mean.keys());
  const dead = units.filter((unit) => isDead(after, unit));
  const alive = units.filter((unit) => !isDead(after, unit));
  const errors = errorsOf(after, alive);
  const layer = {
    path,
    kernel: kernel.path,
    bias: bias?.trainable ? bias.path : null,
    before: errorsOf(before, alive),
    after: errors,
    dead,
    iterations,
    scale: [scale.reduce((a, b) => Math.min(a, b)), scale.reduce((a, b) => Math.max(a, b))] as [number, number],
    converged: errors.std < CONVERGED && (!bias?.trainable || errors.mean < CONVERGED),
  };
  return { ...layer, reason: site.left ?? reasonOf(layer) };
}

/**
 * Scales each unit's weights and sets its bias so that what it gives on a batch, before the layer's activation, has mean 0 and
 * variance 1: w ← w / σ, b ← -μ / σ, with the mean μ and standard deviation σ of the unit without its bias. The start of
 * weight normalization, and as good for plain layers: under `weightNorm` of `@weightkit/weightnorm` it sets g and b.
 *
 * Layers are taken in the order in which data reaches them, in one forward pass, and one more certifies it; shared layers, batch
 * normalization, frozen, recurrent and embedding layers as by {@link lsuv}. A unit that gives the same everywhere is left and
 * listed as dead. TensorFlow Addons measures with v, applies v / ‖v‖, and so leaves a standard deviation of 1 / ‖v‖; here it is 1
 * to float32 rounding.
 *
 * Salimans and Kingma 2016, "Weight normalization", section 3, https://arxiv.org/abs/1602.07868
 *
 * @example
 * const report = await dataDependent(model, x);
 * console.log(report.worst < 1e-3); // -> true
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param batch - the model's input, or a list of its inputs: a few hundred examples; borrowed
 * @param options - see {@link DataDependentOptions}
 * @returns each layer's errors before and after, its dead units, and why it was left
 * @throws TypeError or RangeError for bad arguments, a model without such layers, weights or outputs that are not finite; Error
 * when a parametrized weight cannot be written. All weights are then as they were
 */
export async function dataDependent(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  options: DataDependentOptions = {},
): Promise<DataDependentReport> {
  checkOptions('dataDependent', options, ['filter', 'start', 'seed', 'onProgress', 'signal']);
  const { filter, start = null, seed = 0 } = options;
  checkSeed('dataDependent', seed);
  checkType(
    start === null || lawOf(start) !== undefined,
    'dataDependent: start must be an initializer of this package, or null',
    start,
  );
  checkPace('dataDependent', options);
  checkModel('dataDependent', model);
  const { done, skipped } = await exclusively(
    'dataDependent',
    weightsOf(model, undefined, 'dataDependent'),
    async () => {
      const { sites, skipped: left } = sitesOf('dataDependent', model, filter);
      const plan = { fn: 'dataDependent', model, sites, rule: whiten, start, seed, maxIterations: 3, pace: options };
      return { done: await calibrateOn(batch, plan), skipped: left };
    },
  );
  const layers = done.map(layerReport);
  const changed = layers.filter((_, i) => done[i]!.site.left === null);
  return {
    seed,
    layers,
    skipped,
    worst: Math.max(...changed.map(({ after }) => after.std)),
    converged: changed.every(({ converged }) => converged),
  };
}
