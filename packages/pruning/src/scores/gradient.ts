import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { gradientScore, lossGradients, type ScoreData } from './loss-gradients.ts';
import type { Score } from './score.ts';

/**
 * Makes a score of how fast the loss changes with each entry: |∂L/∂w|, on a batch and with the weights as they are now.
 *
 * @example
 * const score = await gradient(model, { x, y });
 * const pruning = await prune(model, { sparsity: 0.5, score });
 *
 * @param model - a built LayersModel
 * @param data - inputs, targets and, unless the model is compiled, the loss
 * @returns a {@link Score} for weights of this model; it holds the gradients in memory, nothing on the device
 * @throws RangeError for a gradient that is not finite, by path and index; TypeError and RangeError for data that is not the model's;
 * Error when there is no loss
 */
export async function gradient(model: ModelLike, data: ScoreData): Promise<Score> {
  const gradients = await lossGradients('gradient', model, data);
  return gradientScore('gradient', gradients, (_, g) => tf.abs(g));
}
