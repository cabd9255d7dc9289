import type * as tf from '@tensorflow/tfjs-core';
import type { LayerLike } from '../model/types.ts';

/** A parametrization in place; see {@link parametrize}. */
export interface Parametrization {
  /**
   * What it is, as its transform says: `mask` (pruning), `weightNorm`, `fakeQuantization`, or a word of one's own; null where it does
   * not. A freeze is no parametrization: a frozen weight is one whose `trainable` in `weightsOf` is false.
   */
  readonly kind: string | null;
  /** The weight's path from the outermost layer that was given. */
  readonly path: string;
  /** The layer that holds the weight. */
  readonly layer: LayerLike;
  /** The layer's property. */
  readonly property: string;
  /** The raw weight that the optimizer trains. Borrowed. */
  readonly raw: tf.Variable;
  /** The extra variables by name. Borrowed. */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /**
   * Whether `model.compile` with a NEW optimizer must follow, after installation and after removal: true exactly when there
   * are extra variables, which a model compiled earlier does not train and one compiled with them cannot miss. Masks and
   * quantizers need none, and the optimizer's state is kept.
   */
  readonly needsRecompile: boolean;
  /** Whether its variables train beside a weight that may be frozen, as an adapter's do. */
  readonly beside: boolean;
  /** Whether it is still in place. */
  readonly installed: boolean;
  /** Whether `fold` can be: it is in place, and every one below it has a right inverse. */
  readonly foldable: boolean;
  /** The weight that the layer computes with, all transforms of the stack applied. The caller disposes it. */
  value(): tf.Tensor;
  /** What the transform is given: the weight with those below it applied. The caller disposes it. */
  below(): tf.Tensor;
  /**
   * Takes the transform away and leaves its result in the weight: the model predicts as before. Where others lie below, their
   * right inverses take the result.
   *
   * @throws Error when one below has no right inverse; nothing has changed then
   */
  fold(): void;
  /** Takes the transform away and leaves the raw weight, as it is by now. */
  restore(): void;
}
