import * as tf from '@tensorflow/tfjs-core';
import {
  checkModel,
  exclusively,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkNumber, checkOptions, checkRange, checkSeed, checkType } from '@weightkit/numerics/check';
import { type Initializer, lawOf } from '../laws/initializer.ts';
import { orthogonal } from '../laws/orthogonal.ts';
import { checkPace, type PaceOptions } from '../model/pace.ts';
import { sitesOf } from '../model/sites.ts';
import { type Calibrated, calibrateOn } from './calibrate.ts';
import type { Reading, Rule } from './calibration-pass.ts';
import { pooled } from './unit-moments.ts';

/** Options of {@link lsuv}. */
export interface LsuvOptions extends PaceOptions {
  /**
   * How far a layer's variance may be from 1: above 0, below 1.
   *
   * @defaultValue 0.02
   */
  tolerance?: number;
  /**
   * How often a layer may be scaled: an integer of 1 or more. One is enough where biases are 0, since the scale is exact.
   *
   * @defaultValue 20
   */
  maxIterations?: number;
  /**
   * Of the start: any safe integer.
   *
   * @defaultValue 0
   */
  seed?: number;
  /**
   * Which kernels; layers of others are measured and left.
   *
   * @defaultValue all
   */
  filter?: WeightFilter;
  /**
   * What fills the kernels before they are scaled; null keeps the values that they have.
   *
   * @defaultValue `orthogonal()`
   */
  start?: Initializer | null;
  /**
   * Whether a layer's biases are all moved by one number that makes its mean 0, as fastai does.
   *
   * @defaultValue false
   */
  shift?: boolean;
}

/** What {@link lsuv} did to one layer. All means and variances are before its activation. */
export interface LsuvLayer {
  /** The layer's path. */
  path: string;
  /** The path of the kernel that was scaled. */
  kernel: string;
  /** Variance over the batch and all units in the model as it was given. */
  varianceBefore: number;
  /** Variance in the model as it is now. */
  varianceAfter: number;
  /** Mean in the model as it is now. */
  meanAfter: number;
  /** How often it was scaled. */
  iterations: number;
  /** What the start's kernel was multiplied by. */
  scale: number;
  /** Whether `varianceAfter` is within the tolerance of 1, and with `shift` the mean of 0. */
  converged: boolean;
  /** Why the layer was left, or why it did not converge; null where it did. */
  reason: string | null;
}

/** What {@link lsuv} did. */
export interface LsuvReport {
  /** The seed. */
  seed: number;
  /** The tolerance. */
  tolerance: number;
  /** Dense and convolution layers in the order in which data reaches them. */
  layers: LsuvLayer[];
  /** The weights of other layers, which were left as they are. */
  skipped: SkippedWeight[];
  /** Largest |varianceAfter - 1| among the layers that were scaled. */
  worst: number;
  /** Whether all of these converged. */
  converged: boolean;
}

const average = (x: tf.Tensor): tf.Tensor => tf.mean(x);

/**
 * The scale s that gives s u + b the variance 1: s² A + 2 s C + B = 1 with A = var u, C = cov(u, b), B = var b. It stays 1 where
 * no such s is, and where the variance is near enough.
 */
const unitVariance =
  (tolerance: number, shift: boolean): Rule =>
  ({ mean, variance }, bias) => {
    const b = bias ?? tf.zerosLike(mean);
    const [du, db] = [tf.sub(mean, average(mean)), tf.sub(b, average(b))];
    const a = tf.add(average(variance), average(tf.square(du)));
    const c = average(tf.mul(du, db));
    const rest = average(tf.square(db));
    const root = tf.add(tf.square(c), tf.mul(a, tf.sub(1, rest)));
    const solution = tf.div(tf.sub(tf.sqrt(tf.maximum(root, 0)), c), tf.maximum(a, 1e-37));
    const found = tf.logicalAnd(tf.greater(a, 1e-37), tf.logicalAnd(tf.greater(root, 0), tf.greater(solution, 0)));
    const now = tf.add(tf.add(a, tf.mul(2, c)), rest);
    const far = tf.greater(tf.abs(tf.sub(now, 1)), tolerance);
    const scale = tf.reshape(tf.where(tf.logicalAnd(far, found), solution, tf.ones([])), [1]);
    if (!bias || !shift) return { scale, bias: bias && tf.clone(bias) };
    const offset = tf.add(tf.mul(average(mean), scale), average(bias));
    return { scale, bias: tf.sub(bias, tf.where(tf.greater(tf.abs(offset), tolerance), offset, tf.zerosLike(offset))) };
  };

function reasonOf({ mean, variance, bias }: Reading, near: boolean, centred: boolean): string | null {
  if (near && centred) return null;
  const own = Float64Array.from(mean, (m, unit) => m - (bias?.[unit] ?? 0));
  if (!(pooled(own, variance).variance > 1e-37)) return 'its output is the same everywhere on the batch (dead input?)';
  if (near) return 'it has no bias to shift its mean';
  const rest = bias ? pooled(bias, new Float32Array(bias.length)).variance : 0;
  return rest >= 1 ? `its bias alone has a variance of ${rest.toPrecision(3)}` : 'maxIterations was reached';
}

function layerReport(
  { site, before, after, iterations, scale }: Calibrated,
  tolerance: number,
  shift: boolean,
): LsuvLayer {
  const now = pooled(after.mean, after.variance);
  // The readings are float32.
  const near = Math.abs(now.variance - 1) <= tolerance * (1 + 1e-5);
  const centred = !shift || Math.abs(now.mean) <= tolerance * (1 + 1e-5);
  return {
    path: site.linear.path,
    kernel: site.linear.kernel.path,
    varianceBefore: pooled(before.mean, before.variance).variance,
    varianceAfter: now.variance,
    meanAfter: now.mean,
    iterations,
    scale: scale[0]!,
    converged: near && centred,
    reason: site.left ?? reasonOf(after, near, centred),
  };
}

function checkLsuv({
  tolerance,
  maxIterations,
  seed,
  start,
  shift,
}: Required<Omit<LsuvOptions, 'filter' | keyof PaceOptions>>): void {
  checkNumber('lsuv: tolerance must be above 0 and below 1', tolerance, (x) => x > 0 && x < 1);
  checkRange(
    Number.isSafeInteger(maxIterations) && maxIterations >= 1,
    'lsuv: maxIterations must be an integer of 1 or more',
    maxIterations,
  );
  checkSeed('lsuv', seed);
  checkType(
    start === null || lawOf(start) !== undefined,
    'lsuv: start must be an initializer of this package, or null',
    start,
  );
  checkType(typeof shift === 'boolean', 'lsuv: shift must be true or false', shift);
}

/**
 * Layer-sequential unit-variance initialization: orthogonal kernels, each scaled so that what its layer gives, before its own
 * activation, has variance 1 over the batch and all units. Biases stay as they are.
 *
 * Layers are taken in the order in which data reaches them, whatever the graph: branches, sums, nested models. One forward pass
 * scales them all, each for the inputs that it will then have, and one more certifies it, so that the cost does not grow with the
 * square of the depth. Dense layers and all convolutions are scaled, of a separable one the pointwise kernel. A shared layer is
 * scaled by its first call, so in TimeDistributed by the first step. Batch normalization works by its moving statistics, as in
 * inference; it, embeddings and recurrent layers keep their weights, and so do frozen layers. A layer that gives the same
 * everywhere, as on inputs of 0, is left at its start and reported. A parametrized kernel is scaled in what the layer computes
 * with.
 *
 * Mishkin and Matas 2015, "All you need is a good init", https://arxiv.org/abs/1511.06422
 *
 * @example
 * const report = await lsuv(model, x, { seed: 1 });
 * console.log(report.converged, report.worst < 0.02); // -> true true
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param batch - the model's input, or a list of its inputs: a few hundred examples; borrowed
 * @param options - see {@link LsuvOptions}
 * @returns each layer's variance before and after, its scale, and why it was left or did not converge
 * @throws TypeError or RangeError for bad arguments, a model without such layers, weights or outputs that are not finite; Error
 * when a parametrized kernel cannot be written. All weights are then as they were
 */
export async function lsuv(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  options: LsuvOptions = {},
): Promise<LsuvReport> {
  checkOptions('lsuv', options, [
    'tolerance',
    'maxIterations',
    'seed',
    'filter',
    'start',
    'shift',
    'onProgress',
    'signal',
  ]);
  const { tolerance = 0.02, maxIterations = 20, seed = 0, filter, start = orthogonal(), shift = false } = options;
  checkLsuv({ tolerance, maxIterations, seed, start, shift });
  checkPace('lsuv', options);
  checkModel('lsuv', model);
  const rule = unitVariance(tolerance, shift);
  const { done, skipped } = await exclusively('lsuv', weightsOf(model, undefined, 'lsuv'), async () => {
    const { sites, skipped: left } = sitesOf('lsuv', model, filter);
    const plan = { fn: 'lsuv', model, sites, rule, start, seed, maxIterations, pace: options };
    return { done: await calibrateOn(batch, plan), skipped: left };
  });
  const layers = done.map((one) => layerReport(one, tolerance, shift));
  const scaled = layers.filter((_, i) => done[i]!.site.left === null);
  return {
    seed,
    tolerance,
    layers,
    skipped,
    worst: Math.max(...scaled.map(({ varianceAfter }) => Math.abs(varianceAfter - 1))),
    converged: scaled.every(({ converged }) => converged),
  };
}
