import * as tf from '@tensorflow/tfjs-core';
import { type LayerLike, layersOf, type Weight, wrapCall } from '@weightkit/core';
import type { LayerGraph } from '../model/layer-graph.ts';
import { activationOf, beforeActivation, type LinearLayer } from '../model/linear-layer.ts';
import type { Pace } from '../model/pace.ts';
import { type Running, runGraph } from '../model/run-graph.ts';
import type { Site } from '../model/sites.ts';
import { byUnit, perUnit, type UnitMoments, unitMoments, unitMomentsOf } from './unit-moments.ts';

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

function holdMoments(
  { linear, left }: Site,
  { mean, variance }: UnitMoments,
  bias: tf.Tensor | null,
  rule: Rule,
): Held {
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

/** Within one call of a layer around it, as TimeDistributed: on the backend. */
function inside(site: Site, rule: Rule, held: Map<Site, Held>): () => void {
  const { bias: own, channelsFirst } = site.linear;
  return beforeActivation(site.linear, (z) => {
    const bias = own?.read() ?? null;
    const values = byUnit(z, channelsFirst);
    const u = (bias ? tf.sub(values, perUnit(bias, channelsFirst)) : values) as tf.Tensor3D;
    if (!held.has(site)) held.set(site, holdMoments(site, unitMoments(u, channelsFirst), bias, rule));
    const { change } = held.get(site)!;
    if (site.left !== null) return z;
    const scaled = tf.mul(u, perUnit(change.scale, channelsFirst));
    const next = change.bias ? tf.add(scaled, perUnit(change.bias, channelsFirst)) : scaled;
    return tf.reshape(next, z.shape);
  });
}

/** What a layer gives before its activation; the caller owns it. */
function sumsOf(linear: LinearLayer, apply: Running['apply']): tf.Tensor {
  const undo = beforeActivation(linear, (z) => z, true);
  try {
    return apply()[0]!;
  } finally {
    undo();
  }
}

/** What the layer computes with: a parametrized bias is computed for that and freed. */
async function biasOf(bias: Weight): Promise<Float32Array> {
  const copy = tf.tidy(() => tf.clone(bias.read()));
  try {
    return (await copy.data()) as Float32Array;
  } finally {
    copy.dispose();
  }
}

/** Moments of z less the bias that is in it. */
async function momentsWithout(z: tf.Tensor, bias: Float32Array | null, channelsFirst: boolean) {
  const { mean, variance } = await unitMomentsOf(z, channelsFirst);
  return { mean: Float32Array.from(mean, (m, unit) => m - (bias?.[unit] ?? 0)), variance: Float32Array.from(variance) };
}

/** z changed, unit by unit, on the host. */
async function changed(z: tf.Tensor, { scale, bias, newBias }: Reading, channelsFirst: boolean): Promise<tf.Tensor> {
  const values = Float32Array.from(await z.data());
  const units = channelsFirst ? z.shape[1]! : z.shape[z.rank - 1]!;
  const inner = channelsFirst ? z.size / z.shape[0]! / units : 1;
  for (let start = 0, unit = 0; start < values.length; start += inner, unit = (unit + 1) % units) {
    const s = scale[scale.length === 1 ? 0 : unit]!;
    const [before, after] = [bias?.[unit] ?? 0, newBias?.[unit] ?? 0];
    for (let i = start; i < start + inner; i++) values[i] = (values[i]! - before) * s + after;
  }
  return tf.tensor(values, z.shape);
}

const asksNothing = ({ scale, bias, newBias }: Reading): boolean =>
  scale.every((s) => s === 1) && (bias?.every((b, unit) => b === newBias![unit]) ?? true);

/** A call of a site itself: the sums are looked at between two steps, where that costs least. */
async function alone({ apply }: Running, site: Site, rule: Rule, held: Map<Site, Held>): Promise<tf.Tensor[]> {
  const { linear } = site;
  const z = sumsOf(linear, apply);
  const made: tf.Tensor[] = [z];
  try {
    if (!held.has(site)) {
      const bias = linear.bias ? await biasOf(linear.bias) : null;
      const { mean, variance } = await momentsWithout(z, bias, linear.channelsFirst);
      tf.tidy(() => {
        const moments = { mean: tf.tensor1d(mean), variance: tf.tensor1d(variance) };
        held.set(site, holdMoments(site, moments, bias && tf.tensor1d(bias), rule));
      });
    }
    const own = held.get(site)!;
    const reading = readingOf((await own.numbers.data()) as Float32Array, own);
    const next = site.left !== null || asksNothing(reading) ? z : await changed(z, reading, linear.channelsFirst);
    if (next !== z) made.push(next);
    const given = () => tf.tidy(() => activationOf(linear.layer).apply(tf.clone(next)));
    const undo = wrapCall(linear.layer, given, linear.fn);
    try {
      return apply();
    } finally {
      undo();
    }
  } finally {
    tf.dispose(made);
  }
}

/** Runs a layer; sites in it are changed as the rule asks, from their first call on. */
async function around(
  running: Running,
  sites: readonly Site[],
  rule: Rule,
  held: Map<Site, Held>,
): Promise<tf.Tensor[]> {
  const [first] = sites;
  if (first?.linear.layer === running.call.layer) return alone(running, first, rule, held);
  const undo = sites.map((site) => inside(site, rule, held));
  try {
    return running.apply();
  } finally {
    for (const one of undo) one();
  }
}

/** The sites of each layer of a graph: itself, or those inside. */
function sitesWithin({ calls }: LayerGraph, sites: readonly Site[]): Map<LayerLike, Site[]> {
  const found = new Map<LayerLike, Site[]>();
  for (const { layer } of calls) {
    if (found.has(layer)) continue;
    const inner = new Set(layersOf(layer).map((place) => place.layer));
    found.set(
      layer,
      sites.filter(({ linear }) => inner.has(linear.layer)),
    );
  }
  return found;
}

/**
 * Runs the model forward once and gives each site the change that the rule asks for as soon as its inputs are known, so that
 * later layers see what it will give. No weight is written.
 *
 * @returns the readings in the order in which the layers were called; a shared layer's by its first call
 */
export async function calibrationPass(
  graph: LayerGraph,
  batch: readonly tf.Tensor[],
  sites: readonly Site[],
  rule: Rule,
  pace: Pace,
): Promise<Map<Site, Reading>> {
  const held = new Map<Site, Held>();
  const within = sitesWithin(graph, sites);
  try {
    const run = await runGraph(
      graph,
      batch,
      (running) => around(running, within.get(running.call.layer)!, rule, held),
      pace,
    );
    run.dispose();
    const readings = new Map<Site, Reading>();
    for (const [site, one] of held) readings.set(site, readingOf((await one.numbers.data()) as Float32Array, one));
    return readings;
  } finally {
    for (const { numbers, change } of held.values())
      tf.dispose([numbers, change.scale, ...(change.bias ? [change.bias] : [])]);
  }
}
