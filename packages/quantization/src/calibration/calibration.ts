import type { SkippedWeight } from '@weightkit/core';
import type { ObservedGrid, ObserverState } from './observer.ts';

/** Activations of one input or output of a layer. */
export interface ObservedActivation extends ObservedGrid {
  /** The axis of the channels that have a range each; null where all values have one. */
  axis: number | null;
  /** How many values were seen. */
  count: number;
  /** What the observer has seen, for {@link observerFrom}. */
  state: ObserverState;
}

/** What went through one layer. */
export interface CalibratedLayer {
  /** The layer's path. */
  path: string;
  /** How often it was called: once in a batch, more where it is shared. */
  calls: number;
  /** What it was given; null for what is not float32. */
  inputs: (ObservedActivation | null)[];
  /** What it gave; null for what is not float32. */
  outputs: (ObservedActivation | null)[];
}

/** What {@link calibrate} has seen, as plain data that JSON holds. */
export interface Calibration {
  /** The layers in the order of the model. */
  layers: CalibratedLayer[];
  /** Layers with a kernel that were not called, with the reason. */
  skipped: SkippedWeight[];
  /** How many batches were run. */
  batches: number;
  /** How many examples they had. */
  examples: number;
}
