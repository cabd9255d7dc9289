import * as tf from '@tensorflow/tfjs-core';
import { allDone, checkModelAndBatch, type ModelLike } from '@weightkit/core';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { type Observed, observe } from '../effect/effect.ts';
import { type Probes as EffectProbes, probeSet } from '../effect/probes.ts';
import type { Runnable } from '../effect/runnable.ts';
import type { GraphLayer } from './calls.ts';

/** Inputs of a model, as every function of this room takes them. */
export type Probes = tf.Tensor | readonly tf.Tensor[];

/** How many examples are made where none are given, and how long axes of unknown length are. */
const EXAMPLES = 2;
const LENGTH = 16;

/** Bell-shaped numbers of the shapes that a model is given. */
const made = ({ inputs }: GraphLayer): tf.Tensor[] =>
  inputs.map(({ shape }: { shape: (number | null)[] }, i: number) => {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? EXAMPLES : LENGTH));
    return tf.tensor(fillNormal(new Float32Array(tf.util.sizeFromShape(sizes)), randomKey(0, `probe${i}`)), sizes);
  });

async function outputsOf(model: ModelLike, probes: tf.Tensor[]): Promise<Float32Array[]> {
  const outputs = [model.predictOnBatch(probes.length === 1 ? probes[0]! : probes)].flat() as tf.Tensor[];
  try {
    return (await allDone(outputs.map((output) => output.data()))).map((values) => Float32Array.from(values));
  } finally {
    tf.dispose(outputs);
  }
}

/** ‖a − b‖ / ‖a‖ of all numbers together. */
export const relativeError = (a: readonly Float32Array[], b: readonly Float32Array[]): number => {
  let [noise, signal] = [0, 0];
  for (const [o, values] of a.entries())
    for (const [i, value] of values.entries()) {
      noise += (value - b[o]![i]!) ** 2;
      signal += value * value;
    }
  return noise === 0 ? 0 : Math.sqrt(noise / signal);
};

/** The largest difference between lists of numbers, each by the largest magnitude in its list before. */
export function largestDifference(before: readonly Float32Array[], after: readonly Float32Array[]): number {
  let worst = 0;
  for (const [o, values] of before.entries()) {
    let [largest, magnitude] = [0, 0];
    for (const [i, value] of values.entries()) {
      magnitude = Math.max(magnitude, Math.abs(value));
      if (!Object.is(value, after[o]![i])) largest = Math.max(largest, Math.abs(value - after[o]![i]!));
    }
    if (largest > 0) worst = Math.max(worst, largest / magnitude);
  }
  return worst;
}

/**
 * The largest difference of two models' outputs on the same inputs, by the largest magnitude in its output; null where the model does
 * not run on the inputs that were made for it.
 *
 * @param probes - the caller's, or undefined for bell-shaped numbers
 */
export async function differenceOf(
  model: ModelLike,
  other: ModelLike,
  probes: Probes | undefined,
): Promise<number | null> {
  const inputs = probes === undefined ? made(model as unknown as GraphLayer) : ([probes].flat() as tf.Tensor[]);
  try {
    const before = await outputsOf(model, inputs);
    const after = await outputsOf(other, inputs);
    return largestDifference(before, after);
  } catch (error) {
    if (probes === undefined) return null;
    throw error;
  } finally {
    if (probes === undefined) tf.dispose(inputs);
  }
}

/** The same of two GraphModels. */
export async function graphDifference(
  fn: string,
  model: Runnable,
  other: Runnable,
  probes: EffectProbes | undefined,
): Promise<number | null> {
  try {
    const set = await probeSet(fn, model, probes ?? EXAMPLES);
    const [before, after] = [await observe(model, set), await observe(other, set)];
    const values = (of: Observed) => of.outputs.map((output) => output.values);
    return largestDifference(values(before), values(after));
  } catch (error) {
    if (probes === undefined) return null;
    throw error;
  }
}

/** Throws for probes that are no inputs of the model. */
export function checkProbes(fn: string, model: ModelLike, probes: Probes | undefined): void {
  if (probes !== undefined) checkModelAndBatch(fn, model, probes as tf.Tensor, 'probes');
}
