import * as tf from '@tensorflow/tfjs-core';
import { checkLabelled, exclusively, type ModelLike, squaredGradients } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { downloaded, floatWeights, gradientScore, type ScoreData } from './loss-gradients.ts';
import type { Score } from './score.ts';

/**
 * Makes a score of how much the loss grows when an entry becomes 0, to second order at a minimum: ½ h w², Optimal Brain Damage. h is
 * the diagonal of the empirical Fisher matrix, the mean over the examples of (∂L/∂w)², which stands for the diagonal of the Hessian
 * where the loss is a log-likelihood and the model has learned it. It takes one backward pass for each example.
 *
 * LeCun, Denker and Solla 1989, https://proceedings.neurips.cc/paper/1989/hash/6c9882bbac1c7093bd25041881277658-Abstract.html;
 * the Fisher matrix in its place: Theis, Korshunova, Tejani and Huszár 2018, https://arxiv.org/abs/1801.05787
 *
 * @example
 * const score = await obd(model, { x, y });
 * const pruning = await prune(model, { sparsity: 0.5, scope: 'global', score });
 *
 * @param model - a built LayersModel
 * @param data - inputs, targets and, unless the model is compiled, the loss, which is taken of one example at a time
 * @returns a {@link Score} for weights of this model: h as it was when it was made, weights as they are when it is used
 * @throws RangeError for a gradient that is not finite, by path and index; TypeError and RangeError for data that is not the model's;
 * Error when there is no loss
 */
export async function obd(model: ModelLike, data: ScoreData): Promise<Score> {
  checkLabelled('obd', model, data);
  const weights = floatWeights('obd', model);
  const variables = weights.map(({ variable }) => variable!);
  const means = await exclusively('obd', weights, async () => {
    const all = await downloaded(squaredGradients('obd', model, data, variables));
    for (const [i, { path }] of weights.entries()) checkFinite('obd', 'squares of gradients', path, all[i]!);
    return new Map(weights.map(({ path }, i) => [path, all[i]!]));
  });
  return gradientScore('obd', means, (w, h) => tf.mul(tf.mul(h, 0.5), tf.square(w)));
}
