import * as tf from '@tensorflow/tfjs-core';
import type { GraphExecutorLike, GraphModelInternals, GraphModelLike } from './types.ts';

/** A place of a GraphModel's weight. */
export interface GraphSlot {
  /** The weight's name; with `:1` and so on for what follows the first of several of one name. */
  readonly path: string;
  /** The tensor that is there now; the model's. */
  get(): tf.Tensor;
  /** Puts a copy in its place and disposes what was there. */
  set(value: tf.Tensor): void;
}

/**
 * Gives an executor its weights again, for it keeps a list of their ids: after a run with control flow it disposes every tensor
 * that is not in it.
 */
function refresh(executor: GraphExecutorLike | undefined, weights: GraphModelLike['weights']): void {
  if (executor) executor.weightMap = weights;
}

/**
 * The places of a GraphModel's weights, in the order of its file.
 *
 * @param model - a loaded GraphModel
 * @throws what its getter throws where it is not loaded
 */
export function graphSlots(model: GraphModelLike): GraphSlot[] {
  const { executor, initializer } = model as GraphModelInternals;
  return Object.entries(model.weights).flatMap(([name, tensors]) =>
    tensors.map(
      (_, i): GraphSlot => ({
        path: i === 0 ? name : `${name}:${i}`,
        get: () => model.weights[name]![i]!,
        set(value) {
          const { weights } = model;
          const before = weights[name]!;
          const copy = tf.tidy(() => tf.keep(tf.clone(value)));
          weights[name] = before.map((tensor, j) => (j === i ? copy : tensor));
          for (const each of [executor, initializer]) refresh(each, weights);
          before[i]!.dispose();
        },
      }),
    ),
  );
}
