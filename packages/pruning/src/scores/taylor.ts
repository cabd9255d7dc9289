import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { gradientScore, lossGradients, type ScoreData } from './loss-gradients.ts';
import type { Score } from './score.ts';

/**
 * Makes a score of how much the loss changes when an entry becomes 0, to first order: |w · ∂L/∂w|, on a batch.
 *
 * Molchanov, Mallya, Tyree, Frosio and Kautz 2019, https://arxiv.org/abs/1906.10771, whose score is the square, which has the same
 * order. For units take `structure: 'unit'`.
 *
 * @example
 * const score = await taylor(model, { x, y });
 * const pruning = await prune(model, { sparsity: 0.5, scope: 'global', score });
 *
 * @param model - a built LayersModel
 * @param data - inputs, targets and, unless the model is compiled, the loss
 * @returns a {@link Score} for weights of this model: gradients as they were when it was made, weights as they are when it is used
 * @throws RangeError for a gradient that is not finite, by path and index; TypeError and RangeError for data that is not the model's;
 * Error when there is no loss
 */
export async function taylor(model: ModelLike, data: ScoreData): Promise<Score> {
  const gradients = await lossGradients('taylor', model, data);
  return gradientScore('taylor', gradients, (w, g) => tf.abs(tf.mul(w, g)));
}
