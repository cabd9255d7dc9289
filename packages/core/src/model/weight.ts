import type * as tf from '@tensorflow/tfjs-core';
import type { FanLayout } from './fan-layout.ts';
import type { LayerLike } from './types.ts';

/** One weight of a model, found by {@link weightsOf}. */
export interface Weight {
  /** Unique and stable in its model: names of the layers around it and the property, joined by `/` (`dense1/kernel`). */
  readonly path: string;
  /**
   * The path with the names that tfjs made up counted by their place (`dense_Dense#1/kernel`), the same in every model that is
   * built alike; the path itself where a person gave the names. See {@link stablePaths}.
   */
  readonly stablePath: string;
  /** Shape, as the layer sees it. */
  readonly shape: readonly number[];
  /** Data type; `float32` for everything that is trained. */
  readonly dtype: tf.DataType;
  /** Whether `fit` on the source would train it, once compiled. */
  readonly trainable: boolean;
  /** The layer that holds it, or null where the source has no layers. */
  readonly layer: LayerLike | null;
  /** The outermost layer around it that is not a model (the LSTM of a cell), or null where the source has no layers. */
  readonly owner: LayerLike | null;
  /** The layer's property that holds it (`kernel`), or null where it has none. */
  readonly property: string | null;
  /** How the op that computes with it reads its axes, for `fans`. There in a GraphModel only, where the op is known. */
  readonly layout?: FanLayout | undefined;
  /** What the optimizer assigns: the raw variable, under a parametrization too. Borrowed. Null in a GraphModel and a map of tensors. */
  readonly variable: tf.Variable | null;
  /** A snapshot of the value that the layer computes with, parametrizations applied. The caller disposes it. */
  read(): tf.Tensor;
  /**
   * Sets that value, through the right inverses of parametrizations if there are any. The value is copied and borrowed. A
   * GraphModel runs with it from then on; its own `save` still writes what it was loaded from, `saveFolded` what it has now.
   *
   * @throws RangeError when the shape differs; Error when a parametrization has no right inverse or the source is a map of tensors
   */
  write(value: tf.Tensor): void;
}

/** A weight that a transform left as it is; in every report. */
export interface SkippedWeight {
  /** The weight's path. */
  path: string;
  /** Why, in a few words. */
  reason: string;
}
