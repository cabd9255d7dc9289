import type * as tf from '@tensorflow/tfjs-core';
import type { LayerLike, ModelLike } from '@weightkit/core';
import { checkNumber, checkOptions } from '@weightkit/numerics/check';
import { type Bounds, boundsOf } from '../training/saturation.ts';
import {
  type Activations,
  activationsIn,
  checkBatchSize,
  type ProbeOptions,
  piecesOf,
  readProbe,
} from './activations.ts';

/** Options of {@link unitActivity}. */
export interface UnitActivityOptions extends ProbeOptions {
  /**
   * A unit is saturated when so large a share of its entries is within 1.5 % of an end of its activation: above 0, at most 1.
   * @defaultValue 0.95
   */
  saturated?: number;
  /**
   * A unit is dormant when its mean magnitude is at most this part of the layer's: 0 or more, below 1.
   * @defaultValue 0.025
   */
  dormant?: number;
  /**
   * How many examples at a time: an integer of 1 or more.
   * @defaultValue all at once
   */
  batchSize?: number;
}

/** What the units of one layer do on probe data: a unit is a place of the last axis, a channel of a convolution. */
export interface LayerUnits {
  /** The layer's path. */
  path: string;
  /** How many units it has. */
  units: number;
  /** How many entries of each were seen: examples times places. */
  entries: number;
  /** Units whose finite entries are all 0: a ReLU that never fires. */
  dead: number[];
  /** Units whose finite entries are all one other number: they tell nothing about the example. */
  constant: number[];
  /** Units that are at an end of their activation; null where it has none. */
  saturated: number[] | null;
  /** Units that are hardly active, dead ones included. */
  dormant: number[];
  /** Mean magnitude of each unit over that of the layer, the score of Sokar et al.; 0 where all are 0. */
  scores: Float64Array;
  /** NaN and infinite entries; they are left out. */
  nonFinite: number;
}

interface Tally {
  path: string;
  bounds: Bounds | null;
  entries: number;
  least: Float64Array;
  most: Float64Array;
  magnitudes: Float64Array;
  finite: Float64Array;
  ends: Float64Array;
}

function tallyOf(path: string, layer: LayerLike, units: number): Tally {
  const zeros = () => new Float64Array(units);
  const [least, most] = [zeros().fill(Number.POSITIVE_INFINITY), zeros().fill(Number.NEGATIVE_INFINITY)];
  return {
    path,
    bounds: boundsOf(layer),
    entries: 0,
    least,
    most,
    magnitudes: zeros(),
    finite: zeros(),
    ends: zeros(),
  };
}

function count(tally: Tally, values: Float32Array): void {
  const { bounds, least, most, magnitudes, finite, ends } = tally;
  const units = least.length;
  tally.entries += values.length / units;
  for (let i = 0, unit = 0; i < values.length; i++, unit = unit + 1 === units ? 0 : unit + 1) {
    const value = values[i]!;
    if (value - value !== 0) continue;
    finite[unit]!++;
    magnitudes[unit]! += Math.abs(value);
    if (value < least[unit]!) least[unit] = value;
    if (value > most[unit]!) most[unit] = value;
    if (bounds && (value <= bounds.low || value >= bounds.high)) ends[unit]!++;
  }
}

function unitsOf(tally: Tally, saturated: number, dormant: number): LayerUnits {
  const { path, bounds, entries, least, most, magnitudes, finite, ends } = tally;
  const units = least.length;
  const means = magnitudes.map((sum, unit) => (finite[unit] === 0 ? 0 : sum / finite[unit]!));
  const mean = means.reduce((sum, value) => sum + value, 0) / units;
  const scores = means.map((value) => (mean === 0 ? 0 : value / mean));
  const those = (is: (unit: number) => boolean): number[] =>
    Array.from({ length: units }, (_, unit) => unit).filter((unit) => finite[unit]! > 0 && is(unit));
  return {
    path,
    units,
    entries,
    dead: those((unit) => least[unit] === 0 && most[unit] === 0),
    constant: those((unit) => least[unit] === most[unit] && most[unit] !== 0),
    saturated: bounds && those((unit) => ends[unit]! >= saturated * finite[unit]!),
    dormant: those((unit) => scores[unit]! <= dormant),
    scores,
    nonFinite: finite.reduce((left, seen) => left - seen, entries * units),
  };
}

/**
 * Which units of a model do nothing on probe data: dead ones, which are 0 for every example, constant ones, saturated ones, which are at an
 * end of tanh, sigmoid, relu6 and their like, and dormant ones, which are hardly active beside the others of their layer. Layers are run as
 * in `predict`; of a layer that is called several times the last call counts. Of a few examples many units look dead: give some hundreds.
 *
 * Sokar, Agarwal, Castro and Evci 2023, "The dormant neuron phenomenon in deep reinforcement learning", https://arxiv.org/abs/2302.12902,
 * for the score and the threshold of 0.025
 *
 * @example
 * const [hidden] = await unitActivity(model, x, { layers: ['dense1'] });
 * console.log(hidden.path, hidden.units, hidden.entries, hidden.saturated); // -> dense1 8 64 null
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param batch - the model's input, or a list of its inputs; borrowed
 * @param options - layers, thresholds and batches
 * @returns one entry per layer that returns real numbers for each example, in the order in which they return
 * @throws RangeError for a layer that is not in the model, or a bad threshold; TypeError for another model or batch
 */
export async function unitActivity(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  options: UnitActivityOptions = {},
): Promise<LayerUnits[]> {
  const fn = 'unitActivity';
  checkOptions(fn, options, ['layers', 'saturated', 'dormant', 'batchSize']);
  const { layers, saturated = 0.95, dormant = 0.025, batchSize } = options;
  checkNumber(`${fn}: saturated must be above 0 and at most 1`, saturated, (share) => share > 0 && share <= 1);
  checkNumber(`${fn}: dormant must be 0 or more and below 1`, dormant, (part) => part >= 0 && part < 1);
  checkBatchSize(fn, batchSize, 1);
  const chosen = readProbe(fn, model, batch, layers);
  const examples = (Array.isArray(batch) ? batch[0]! : batch).shape[0]!;
  const tallies = new Map<string, Tally>();
  const add = ({ path, layer, values, shape }: Activations): void => {
    const tally = tallies.get(path) ?? tallyOf(path, layer, shape.at(-1)!);
    tallies.set(path, tally);
    count(tally, values);
  };
  for (const piece of piecesOf(examples, batchSize))
    for await (const found of activationsIn(fn, model, batch, chosen, piece)) add(found);
  return [...tallies.values()].map((tally) => unitsOf(tally, saturated, dormant));
}
