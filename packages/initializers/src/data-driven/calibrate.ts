import * as tf from '@tensorflow/tfjs-core';
import { checkModel, finiteValues, keepValues, type ModelLike, type Weight } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { type Initializer, lawOf } from '../laws/initializer.ts';
import type { Filled } from '../model/init-report.ts';
import { fillAll } from '../model/initialize.ts';
import { type LayerGraph, layerGraph } from '../model/layer-graph.ts';
import { type Pace, type PaceOptions, paceOf } from '../model/pace.ts';
import { batchFor, type Site } from '../model/sites.ts';
import { calibrationPass, KEEP, type Reading, type Rule } from './calibration-pass.ts';

/** What {@link calibrate} is to do. */
export interface Calibration {
  /** The function that asks, for messages. */
  fn: string;
  model: ModelLike;
  /** One tensor per input; borrowed. */
  batch: readonly tf.Tensor[];
  sites: readonly Site[];
  rule: Rule;
  /** Fills the kernels first, with a seed; null leaves them. */
  start: Initializer | null;
  seed: number;
  maxIterations: number;
  pace: PaceOptions;
}

/** What became of a layer. */
export interface Calibrated {
  site: Site;
  /** In the model as it was given. */
  before: Reading;
  /** In the model as it is now. */
  after: Reading;
  /** How often its weights were changed after the start. */
  iterations: number;
  /** What its kernel was multiplied by, in all: one number, or one for each unit. */
  scale: Float64Array;
}

/** Names the weight that is not finite, or else the layer whose output is not. */
async function checkReadings(fn: string, readings: ReadonlyMap<Site, Reading>): Promise<void> {
  for (const [{ linear }, { mean, variance, scale }] of readings) {
    if ([mean, variance, scale].every((values) => values.every(Number.isFinite))) continue;
    for (const weight of [linear.kernel, ...linear.others, linear.bias]) if (weight) await finiteValues(fn, weight);
    for (const values of [mean, variance, scale]) checkFinite(fn, 'outputs before the activation', linear.path, values);
  }
}

const asks = ({ scale, bias, newBias }: Reading): boolean =>
  scale.some((s) => s !== 1) || (bias?.some((b, unit) => b !== newBias![unit]) ?? false);

function write({ linear }: Site, { scale, newBias }: Reading): void {
  tf.tidy(() => {
    const factor = scale.length === 1 ? tf.scalar(scale[0]!) : tf.tensor(scale, linear.unitShape);
    linear.kernel.write(tf.mul(linear.kernel.read(), factor));
    if (newBias && linear.bias!.trainable) linear.bias!.write(tf.tensor1d(newBias));
  });
}

async function iterate(plan: Calibration, graph: LayerGraph, pace: Pace, done: Map<Site, Calibrated>): Promise<void> {
  const { fn, batch, sites, rule, maxIterations } = plan;
  for (let i = 0; ; i++) {
    const readings = await calibrationPass(graph, batch, sites, i < maxIterations ? rule : KEEP, pace);
    await checkReadings(fn, readings);
    const asking = [...readings].filter(([, reading]) => asks(reading));
    for (const [site, reading] of readings) done.get(site)!.after = reading;
    if (asking.length === 0) return;
    for (const [site, reading] of asking) {
      write(site, reading);
      const one = done.get(site)!;
      one.iterations++;
      one.scale = Float64Array.from(reading.scale, (s, unit) => s * (one.scale[unit] ?? one.scale[0]!));
    }
  }
}

function startValues({ sites, start, seed }: Calibration): { weights: Weight[]; filled: Filled[] } {
  const law = lawOf(start);
  if (!law) return { weights: [], filled: [] };
  const weights = sites
    .filter(({ left }) => left === null)
    .flatMap(({ linear }) => [linear.kernel, ...linear.others])
    .filter(({ trainable }) => trainable);
  return {
    weights,
    filled: fillAll(
      weights.map((weight) => ({ weight, law })),
      seed,
    ),
  };
}

/**
 * Starts the sites' kernels, then scales kernels and sets biases until the rule asks for nothing more. A pass changes every
 * layer for the inputs that it will have, so that the number of passes does not grow with the depth. A failure leaves all weights
 * as they were.
 *
 * @returns one entry per layer, in the order in which they were called
 */
async function calibrate(plan: Calibration): Promise<Calibrated[]> {
  const { fn, model, batch, sites } = plan;
  const graph = layerGraph(model);
  // One pass as the model is, one that changes it, one that certifies it; more where layers depend on themselves.
  const pace = paceOf(plan.pace, 3 * graph.calls.length, () => checkModel(fn, model));
  const { weights, filled } = startValues(plan);
  const first = await calibrationPass(graph, batch, sites, KEEP, pace);
  await checkReadings(fn, first);
  const done = new Map<Site, Calibrated>();
  for (const [site, before] of first)
    done.set(site, { site, before, after: before, iterations: 0, scale: Float64Array.of(1) });
  const changed = [...first.keys()].flatMap(({ linear: l }) => [l.kernel, ...l.others, ...(l.bias ? [l.bias] : [])]);
  const kept = keepValues(fn, model, changed);
  try {
    for (const [i, weight] of weights.entries())
      tf.tidy(() => weight.write(tf.tensor(filled[i]!.values, [...weight.shape], 'float32')));
    await iterate(plan, graph, pace, done);
    return [...done.values()];
  } catch (error) {
    kept.restore();
    throw error;
  } finally {
    kept.dispose();
  }
}

/** {@link calibrate} on a batch as the caller gave it. */
export async function calibrateOn(
  batch: tf.Tensor | tf.Tensor[],
  plan: Omit<Calibration, 'batch'>,
): Promise<Calibrated[]> {
  const { tensors, dispose } = batchFor(plan.fn, plan.model, batch);
  try {
    return await calibrate({ ...plan, batch: tensors });
  } finally {
    dispose();
  }
}
