import * as tf from '@tensorflow/tfjs-core';
import { checkModelAndBatch } from '../model/check-batch.ts';
import { chosenLayers } from '../model/chosen-layers.ts';
import type { LayerLike, ModelLike } from '../model/types.ts';
import { wrapCall } from '../parametrize/wrap-call.ts';

/** One call of one layer during a forward pass. */
export interface CapturedCall {
  /** The layer's path in the model. */
  path: string;
  /** The layer. */
  layer: LayerLike;
  /** What it was given, one tensor per input. */
  inputs: tf.Tensor[];
  /** What it returned, one tensor per output. */
  outputs: tf.Tensor[];
}

/** The calls of a forward pass, in the order in which they returned (a cell before its RNN); holds their tensors until disposed. */
export interface Captured {
  /** One entry per call: a shared layer and a cell over time have several. */
  calls: CapturedCall[];
  /** Frees every captured tensor. */
  dispose(): void;
}

const tensorsIn = (value: unknown): tf.Tensor[] => {
  if (value instanceof tf.Tensor) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
};

const kept = (value: unknown): tf.Tensor[] => tensorsIn(value).map((tensor) => tf.keep(tf.clone(tensor)));

/**
 * Runs a model forward on one batch (inference: dropout off, BatchNorm by its moving statistics) and keeps what went into
 * and came out of its layers.
 *
 * @example
 * const captured = capture(model, ['dense1'], x);
 * console.log(captured.calls[0].outputs[0].shape); // -> [ 64, 8 ]
 * captured.dispose();
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param layers - paths (`encoder/conv1`) or layers; every layer when undefined
 * @param batch - the model's input, or a list of its inputs; borrowed
 * @returns the calls in the order in which they returned; the caller disposes them
 * @throws RangeError when a layer is not in the model, TypeError for other arguments than these; then nothing was run
 */
export function capture(
  model: ModelLike,
  layers: readonly (string | LayerLike)[] | undefined,
  batch: tf.Tensor | tf.Tensor[],
): Captured {
  checkModelAndBatch('capture', model, batch);
  const places = chosenLayers('capture', 'layers', model, layers);
  const calls: CapturedCall[] = [];
  const dispose = (): void => {
    for (const { inputs, outputs } of calls.splice(0)) tf.dispose([...inputs, ...outputs]);
  };
  const unwrap = places.map(({ layer, path }) =>
    wrapCall(layer, (call, given, kwargs) => {
      const returned = call(given, kwargs);
      calls.push({ path, layer, inputs: kept(given), outputs: kept(returned) });
      return returned;
    }),
  );
  try {
    tf.dispose(model.predictOnBatch(batch));
  } catch (error) {
    dispose();
    throw error;
  } finally {
    for (const remove of unwrap) remove();
  }
  return { calls, dispose };
}
