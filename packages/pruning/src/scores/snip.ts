import { batchLoss, checkLabelled, exclusively, gradientsOf, isKernel, type ModelLike } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { downloaded, floatWeights, type Gradients, gradientScore, type ScoreData } from './loss-gradients.ts';
import type { Score } from './score.ts';

/**
 * Makes a score of each connection's share in what the loss depends on, |w · ∂L/∂w| / Σ |w · ∂L/∂w| over all kernels: SNIP, which
 * prunes a network before it is trained, by one batch. Of weights that are no kernels it is in the same unit.
 *
 * Lee, Ajanthan and Torr 2019, https://arxiv.org/abs/1810.02340, where ∂L/∂w · w is the gradient by a mask of ones. The paper takes one
 * threshold over all layers, `scope: 'global'`.
 *
 * @example
 * const score = await snip(model, { x, y });
 * const pruning = await prune(model, { sparsity: 0.5, scope: 'global', score });
 *
 * @param model - a built LayersModel
 * @param data - inputs, targets and, unless the model is compiled, the loss
 * @returns a {@link Score} for weights of this model, weights and gradients as they were when it was made; 0 for all where nothing counts
 * @throws RangeError for a gradient that is not finite, by path and index; TypeError and RangeError for data that is not the model's;
 * Error when there is no loss
 */
export async function snip(model: ModelLike, data: ScoreData): Promise<Score> {
  checkLabelled('snip', model, data);
  const weights = floatWeights('snip', model);
  const variables = weights.map(({ variable }) => variable!);
  const table = await exclusively('snip', weights, async () => {
    // Of one moment: nothing is awaited between the gradients and the copies of the weights.
    const gradients = gradientsOf(batchLoss('snip', model, data, variables), variables);
    const all = await downloaded([...gradients, ...variables.map((variable) => variable.clone())]);
    const products = new Map<string, Float64Array>();
    let sum = 0;
    for (const [i, weight] of weights.entries()) {
      checkFinite('snip', 'gradients', weight.path, all[i]!);
      const values = all[weights.length + i]!;
      const product = Float64Array.from(all[i]!, (g, k) => Math.abs(g * values[k]!));
      checkFinite('snip', 'weights', weight.path, product);
      if (isKernel(weight)) for (const p of product) sum += p;
      products.set(weight.path, product);
    }
    return [...products].map(([path, product]) => [path, Float32Array.from(product, (p) => (sum > 0 ? p / sum : 0))]);
  });
  return gradientScore('snip', new Map(table as [string, Float32Array][]) as Gradients);
}
