import type * as tf from '@tensorflow/tfjs-core';
import { checkModel, type GraphModelLike, type ModelLike } from '@weightkit/core';

/** A model that can be run. */
export type Runnable = ModelLike | GraphModelLike;

/** What models say of their inputs: a GraphModel by name, others in order. */
export interface InputLike {
  readonly name: string;
  readonly shape?: readonly (number | null)[] | undefined;
  readonly dtype?: string | undefined;
}

/** What this package uses of a GraphModel. */
export interface RunnableGraph extends GraphModelLike {
  readonly inputs: readonly InputLike[];
  readonly outputs: readonly InputLike[];
  readonly artifacts?: { readonly modelTopology?: unknown };
  executeAsync(inputs: Record<string, tf.Tensor>, outputs?: string[]): Promise<tf.Tensor | tf.Tensor[]>;
  execute(inputs: Record<string, tf.Tensor>, outputs?: string[]): tf.Tensor | tf.Tensor[];
}

/** Whether a model is a GraphModel. */
export const isGraph = (model: Runnable): model is RunnableGraph => 'modelSignature' in model;

/** Whether it has layers. */
export const hasLayers = (model: Runnable): model is ModelLike => !isGraph(model);

/** Throws unless a value is a built LayersModel or a GraphModel that is loaded. */
export function checkRunnable(fn: string, model: unknown): asserts model is Runnable {
  const graph = typeof model === 'object' && model !== null && isGraph(model as Runnable);
  const { execute, inputs } = (model ?? {}) as Partial<RunnableGraph>;
  if (!(graph && typeof execute === 'function' && Array.isArray(inputs))) checkModel(fn, model);
}

/** What a model wants to be given. */
export const inputsOf = (model: Runnable): readonly InputLike[] =>
  isGraph(model) ? model.inputs : (model as unknown as { inputs: readonly InputLike[] }).inputs;

/** The outputs of a model for one batch, one tensor per input; of a GraphModel those of nodes too, by name. The caller disposes them. */
export async function outputsOf(
  model: Runnable,
  batch: readonly tf.Tensor[],
  names?: readonly string[],
): Promise<tf.Tensor[]> {
  if (hasLayers(model)) return [model.predictOnBatch(batch.length === 1 ? batch[0]! : [...batch])].flat();
  const graph = model as RunnableGraph;
  const named = Object.fromEntries(graph.inputs.map(({ name }, i) => [name, batch[i]!]));
  const wanted = names && [...names];
  try {
    return [graph.execute(named, wanted)].flat();
  } catch (error) {
    // Control flow and ops that wait for the device run by executeAsync alone, and execute says so.
    if (!/executeAsync/.test((error as Error).message)) throw error;
    return [await graph.executeAsync(named, wanted)].flat();
  }
}
