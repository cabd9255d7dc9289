import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { beforeActivation } from '../model/linear-layer.ts';
import type { Site } from '../model/sites.ts';
import { byUnit, perUnit, type UnitMoments, unitMoments } from './unit-moments.ts';

/** What a layer is to become: its kernel times `scale`, and another bias. */
export interface Change {
  /** One number, shape [1], or one for each unit. */
  scale: tf.Tensor;
  /** One number for each unit; null where the layer has no bias. */
  bias: tf.Tensor | null;
}

/** The change for the moments of a layer's output without its bias, and that bias: on the backend, in a tidy. */
export type Rule = (moments: UnitMoments, bias: tf.Tensor | null) => Change;

/** What a pass found at a layer, before its activation, and what the rule asks for. */
export interface Reading {
  /** Mean of each unit. */
  mean: Float32Array;
  /** Variance of each unit. */
  variance: Float32Array;
  bias: Float32Array | null;
  scale: Float32Array;
  newBias: Float32Array | null;
}

interface Held {
  change: Change;
  /** Mean, variance, scale and both biases in one, for one download. */
  numbers: tf.Tensor1D;
  units: number;
}

/** Leaves a layer as it is. */
export const KEEP: Rule = (_, bias) => ({ scale: tf.ones([1]), bias: bias && tf.clone(bias) });

function hold({ linear, left }: Site, u: tf.Tensor3D, bias: tf.Tensor | null, rule: Rule): Held {
  const { mean, variance } = unitMoments(u, linear.channelsFirst);
  const wanted = (left === null ? rule : KEEP)({ mean, variance }, bias);
  const change = linear.bias?.trainable ? wanted : { ...wanted, bias: bias && tf.clone(bias) };
  const parts = [bias ? tf.add(mean, bias) : mean, variance, change.scale, ...(bias ? [bias, change.bias!] : [])];
  const numbers = tf.keep(tf.concat1d(parts as tf.Tensor1D[]));
  tf.keep(change.scale);
  if (change.bias) tf.keep(change.bias);
  return { change, numbers, units: mean.size };
}

/** Consecutive pieces of given sizes. */
function cut(values: Float32Array, sizes: readonly number[]): Float32Array[] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return values.slice(end - size, end);
  });
}

function readingOf(values: Float32Array, { units, change }: Held): Reading {
  const sizes = [units, units, change.scale.size, ...(change.bias ? [units, units] : [])];
  const [mean, variance, scale, bias, newBias] = cut(values, sizes);
  return { mean: mean!, variance: variance!, scale: scale!, bias: bias ?? null, newBias: newBias ?? null };
}

/** Runs the model with every site changed as the rule asks, from its first call on. */
function run(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  sites: readonly Site[],
  rule: Rule,
  held: Map<Site, Held>,
): void {
  const undo = sites.map((site) => {
    const { layer, bias: own, channelsFirst } = site.linear;
    return beforeActivation(layer, (z) => {
      const bias = own?.read() ?? null;
      const values = byUnit(z, channelsFirst);
      const u = bias ? tf.sub(values, perUnit(bias, channelsFirst)) : values;
      const { change } = held.get(site) ?? held.set(site, hold(site, u as tf.Tensor3D, bias, rule)).get(site)!;
      if (site.left !== null) return z;
      const scaled = tf.mul(u, perUnit(change.scale, channelsFirst));
      const next = change.bias ? tf.add(scaled, perUnit(change.bias, channelsFirst)) : scaled;
      return tf.reshape(next, z.shape);
    });
  });
  try {
    tf.dispose(model.predictOnBatch(batch));
  } finally {
    for (const one of undo) one();
  }
}

/**
 * Runs the model forward once and gives each site the change that the rule asks for as soon as its inputs are known, so that
 * later layers see what it will give. No weight is written; one download.
 *
 * @returns the readings in the order in which the layers were called; a shared layer's by its first call
 */
export async function calibrationPass(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  sites: readonly Site[],
  rule: Rule,
): Promise<Map<Site, Reading>> {
  const held = new Map<Site, Held>();
  let all: tf.Tensor | undefined;
  try {
    run(model, batch, sites, rule, held);
    all = tf.concat1d([...held.values()].map(({ numbers }) => numbers));
    const sizes = [...held.values()].map(({ numbers }) => numbers.size);
    const pieces = cut((await all.data()) as Float32Array, sizes);
    return new Map([...held].map(([site, one], i) => [site, readingOf(pieces[i]!, one)]));
  } finally {
    all?.dispose();
    for (const { numbers, change } of held.values())
      tf.dispose([numbers, change.scale, ...(change.bias ? [change.bias] : [])]);
  }
}
