import * as tf from '@tensorflow/tfjs-core';
import {
  batchLoss,
  checkLabelled,
  exclusively,
  isKernel,
  type ModelLike,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkNumber, checkOptions } from '@weightkit/numerics/check';
import { hessianGradient } from './hessian-gradient.ts';
import { downloaded, gradientScore, type ScoreData } from './loss-gradients.ts';
import type { Score } from './score.ts';

/** Options of {@link grasp}. */
export interface GraspOptions {
  /**
   * What predictions are divided by before the loss: a finite number above 0. The paper's code takes 200, for logits.
   * @defaultValue 1
   */
  temperature?: number;
}

/**
 * Makes a score of how much a connection holds up the flow of gradients, w · (H g), H being the Hessian and g the gradient of the loss
 * by all kernels: GraSP, which prunes a network before it is trained. Removing an entry changes |g|² by −2 w (H g), to first order. The
 * paper's S(−w) = −w ⊙ H g is the opposite, and what has the largest S goes: what goes first here has the smallest score, a negative
 * one where |g|² grows without it.
 *
 * H g is a central difference of gradients, with about four digits for smooth activations and fewer for ReLU, whose kinks it may step
 * over: TensorFlow.js has no second derivatives to rely on.
 *
 * Wang, Zhang and Grosse 2020, https://arxiv.org/abs/2002.07376
 *
 * @example
 * const score = await grasp(model, { x, y });
 * const pruning = await prune(model, { sparsity: 0.5, scope: 'global', score });
 *
 * @param model - a built LayersModel
 * @param data - inputs, targets and, unless the model is compiled, the loss
 * @param options - the temperature
 * @returns a {@link Score} for kernels of this model: H g as it was when it was made, weights as they are when it is used
 * @throws RangeError for a product that is not finite, by path and index; TypeError and RangeError for data that is not the model's;
 * Error when there is no loss
 */
export async function grasp(model: ModelLike, data: ScoreData, options: GraspOptions = {}): Promise<Score> {
  checkLabelled('grasp', model, data);
  checkOptions('grasp', options, ['temperature']);
  const { temperature = 1 } = options;
  checkNumber('grasp: temperature must be finite and above 0', temperature, (t) => Number.isFinite(t) && t > 0);
  const kernels = weightsOf(model, (weight: Weight) => isKernel(weight) && weight.dtype === 'float32', 'grasp');
  const variables = kernels.map(({ variable }) => variable!);
  const products = await exclusively('grasp', kernels, async () => {
    const loss = batchLoss('grasp', model, data, variables, temperature);
    const all = await downloaded(await hessianGradient(loss, variables));
    for (const [i, { path }] of kernels.entries())
      checkFinite('grasp', 'products of Hessian and gradient', path, all[i]!);
    return new Map(kernels.map(({ path }, i) => [path, all[i]!]));
  });
  return gradientScore('grasp', products, (w, hg) => tf.mul(w, hg));
}
