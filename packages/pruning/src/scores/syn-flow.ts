import { checkModel, exclusively, isKernel, type ModelLike, weightsOf } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { downloaded, type Gradients, gradientScore } from './loss-gradients.ts';
import type { Score } from './score.ts';
import { flowLayers, synapticFlow } from './synaptic-flow.ts';

/**
 * Makes a score of an entry's share of all that flows through a network, |∂R/∂w · w| / R with R = 1ᵀ ∏ |W| 1: SynFlow, which needs no
 * data. R is the sum of the outputs for an input of ones, every kernel replaced by its sizes, biases left out, activations and layer
 * normalization taken for the identity, BatchNorm for its scale |γ| / √(v + ε). The shares of the kernels of a chain add up to 1 layer
 * by layer.
 *
 * R itself overflows float32 within some thirty layers and float64 within some three hundred. Here tensors are divided by powers of
 * two between layers and the powers are counted apart, so that no depth is too much; what is rounded is float32, to about six digits.
 *
 * By one score a high sparsity empties layers: prune in many rounds with a score for each, as `pruneInRounds` does.
 *
 * Tanaka, Kunin, Yamins and Ganguli 2020, https://arxiv.org/abs/2006.05467
 *
 * @example
 * const pruning = await pruneInRounds(model, { sparsity: 0.9, scope: 'global', rounds: 20, score: synFlow });
 *
 * @param model - a built LayersModel
 * @returns a {@link Score} for kernels of this model as they were when it was made, masks in place among them; 0 for all where nothing
 * flows
 * @throws RangeError for weights that are not finite, for inputs of unknown size, and for a layer that is not linear but for its
 * activation, as LSTM and unknown classes are, by its path
 */
export async function synFlow(model: ModelLike): Promise<Score> {
  checkModel('synFlow', model);
  const all = weightsOf(model, undefined, 'synFlow');
  const places = flowLayers('synFlow', model);
  const kernels = all.filter((weight) => isKernel(weight) && weight.dtype === 'float32' && weight.variable !== null);
  const variables = kernels.map(({ variable }) => variable!);
  const shares = await exclusively('synFlow', all, async () => {
    const { total, gradients } = synapticFlow('synFlow', model, places, variables);
    const values = await downloaded([total, ...gradients, ...variables.map((variable) => variable.clone())]);
    const [sum] = values.shift()!;
    return kernels.map(({ path }, i) => {
      const raw = values[kernels.length + i]!;
      checkFinite('synFlow', 'weights', path, raw);
      const share = Float32Array.from(values[i]!, (g, k) => (sum! > 0 ? Math.abs(g * raw[k]!) / sum! : 0));
      checkFinite('synFlow', 'shares of the flow', path, share);
      return [path, share] as const;
    });
  });
  return gradientScore('synFlow', new Map(shares) as Gradients);
}
