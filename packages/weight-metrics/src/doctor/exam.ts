import type { ActivationName } from '@weightkit/core';
import type { WatchHistory } from '../training/watch-history.ts';
import type { Values } from '../values/read-values.ts';

/** The units of an output over all examples and places. */
export interface UnitValues {
  /** How many values each unit has. */
  rows: number;
  /** Means by unit, of the finite values. */
  mean: Float64Array;
  /** Population variances by unit. */
  variance: Float64Array;
  /** Least values by unit. */
  min: Float64Array;
  /** Greatest values by unit. */
  max: Float64Array;
  /** NaN and infinite values. */
  nonFinite: number;
}

/** What a recurrent cell's output and the gradient there do over the time steps. */
export interface TimeCourse {
  /** The steps that were looked at, first and last among them. */
  steps: number[];
  /** Root mean square of what the cell returned at these steps. */
  signal: number[];
  /** Norm of the gradient there; null where it could not be taken. */
  gradient: number[] | null;
}

/** A layer with weights, on the data. */
export interface LayerExam {
  path: string;
  className: string;
  /** Whether a normalization takes its output, so that the size of its kernel does not count. */
  isNormalized: boolean;
  /** Whether the model returns what it returns, or what its activation makes of that. */
  isOutput: boolean;
  /** Whether it takes an input of the model, at most through layers without weights. */
  isFirst: boolean;
  /** Its own activation, or that of the layer that takes its output. */
  activation: ActivationName;
  /** What the activation can give at least and at most, drawn in by a margin; null where it has no ends. */
  bounds: { low: number; high: number } | null;
  /** What came in; null without data, or for a layer of tokens. */
  input: UnitValues | null;
  /** What came out behind the activation; null without data. */
  output: UnitValues | null;
  /** The share of what came out that lies at an end of the activation; of the gates for LSTM and GRU. Null where there is no end. */
  saturated: number | null;
  /** Norm of the gradient of a projection of the model's outputs, behind the activation, per example; null where it could not be taken. */
  gradient: number | null;
  /** For each cell in it. */
  courses: TimeCourse[];
}

/** How a weight's entries belong to units: `units` lists of entries, each `fanIn` long, by `entry(unit, i)`. */
export interface UnitEntries {
  units: number;
  size: number;
  entry(unit: number, i: number): number;
}

/** A weight, with its values. */
export interface WeightExam {
  path: string;
  /** The layer in the list above; its path. */
  layer: string;
  property: string | null;
  isKernel: boolean;
  shape: readonly number[];
  values: Values;
  /** Whether `fit` would train it. */
  trainable: boolean;
  /** Whether it is a statistic that training moves, as a moving mean, of a layer that is not frozen. */
  isStatistic: boolean;
  fanIn: number;
  fanOut: number;
  /** Factors by which the fan may have been miscounted: name and number. */
  otherFans: [name: string, fan: number][];
  /** Incoming weights by unit; null for weights without units. */
  units: UnitEntries | null;
  /** Kinds of its parametrizations, oldest first. */
  kinds: (string | null)[];
  /** Its values before; null where not known. */
  before: Values | null;
}

/** All that the checks look at. */
export interface Exam {
  /** In the order in which data reaches them; that of the tree without data. */
  layers: LayerExam[];
  weights: WeightExam[];
  /** Whether nothing was trained yet, as far as can be seen: biases are what they start as. */
  isFresh: boolean;
  /** Whether data went through. */
  hasData: boolean;
  /** Whether values before are known. */
  hasBefore: boolean;
  /** Why there are no gradients; null where there are. */
  noGradients: string | null;
  history: WatchHistory | null;
}
