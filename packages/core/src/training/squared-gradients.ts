import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '../model/types.ts';
import { batchLoss, checkLabelled, checkVariables, type LabelledData } from './batch-loss.ts';
import { gradientsOf } from './gradients-of.ts';

/** One example of a batch. */
const exampleOf = (tensors: tf.Tensor | tf.Tensor[], i: number): tf.Tensor[] =>
  [tensors].flat().map((tensor) => tf.slice(tensor, [i], [1]));

/**
 * The mean over the examples of (∂L / ∂w)², for the loss L of one example: the diagonal of the empirical Fisher matrix where L is a negative
 * log-likelihood. It takes one backward pass for each example. The model computes as it does when it predicts.
 *
 * @example
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const [{ variable }] = weightsOf(model);
 * const [squares] = squaredGradients('example', model, { x, y }, [variable]);
 * console.log(squares.shape.join() === variable.shape.join()); // -> true
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 * @param data - inputs, targets and, unless the model is compiled, the loss
 * @param variables - one or more, borrowed
 * @returns a tensor for each variable, in its shape, which the caller disposes
 * @throws TypeError or RangeError for other arguments; Error where there is no loss
 */
export function squaredGradients(
  fn: string,
  model: ModelLike,
  data: LabelledData,
  variables: readonly tf.Tensor[],
): tf.Tensor[] {
  checkLabelled(fn, model, data);
  const list = checkVariables(fn, variables);
  const examples = [data.x].flat()[0]!.shape[0]!;
  let sums: tf.Tensor[] = list.map(({ shape }) => tf.keep(tf.zeros(shape)));
  try {
    for (let i = 0; i < examples; i++) {
      const next = tf.tidy(() => {
        const one = { ...data, x: exampleOf(data.x, i), y: exampleOf(data.y, i) };
        const gradients = gradientsOf(batchLoss(fn, model, one, list), list);
        return gradients.map((g, k) => tf.keep(tf.add(sums[k]!, tf.div(tf.square(g), examples))));
      });
      tf.dispose(sums);
      sums = next;
    }
    return sums;
  } catch (error) {
    tf.dispose(sums);
    throw error;
  }
}
