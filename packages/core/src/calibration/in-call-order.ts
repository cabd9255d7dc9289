import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { checkModelAndBatch } from '../model/check-batch.ts';
import { checkWeight } from '../model/check-weight.ts';
import { chosenLayers } from '../model/chosen-layers.ts';
import type { ModelLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { capture } from '../training/capture.ts';

/**
 * Weights in the order in which a model calls their layers, seen on one example, or a whole batch of fixed size; those that it does not
 * call come last.
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 * @param weights - weights of its layers, from {@link weightsOf}
 * @param batch - the model's input, or a list of its inputs; borrowed
 * @returns a new list
 * @throws TypeError or RangeError for other arguments
 */
export function inCallOrder(
  fn: string,
  model: ModelLike,
  weights: readonly Weight[],
  batch: tf.Tensor | tf.Tensor[],
): Weight[] {
  checkModelAndBatch(fn, model, batch);
  checkType(Array.isArray(weights), `${fn}: weights must be a list`, weights);
  for (const weight of weights) {
    checkWeight(fn, weight);
    checkRange(weight.layer !== null, `${fn}: weights must be of layers`, weight.path);
  }
  const layers = weights.map(({ layer }) => layer!);
  chosenLayers(fn, 'weights', model, layers);
  const { inputs } = model as unknown as { inputs: { shape: (number | null)[] }[] };
  const one = [batch].flat().map((tensor, i) => tf.slice(tensor, [0], [inputs[i]!.shape[0] ?? 1]));
  try {
    const captured = capture(model, layers, one);
    const called = captured.calls.map(({ layer }) => layer);
    captured.dispose();
    const place = ({ layer }: Weight) => {
      const at = called.indexOf(layer!);
      return at < 0 ? called.length : at;
    };
    return [...weights].sort((a, b) => place(a) - place(b));
  } finally {
    tf.dispose(one);
  }
}
