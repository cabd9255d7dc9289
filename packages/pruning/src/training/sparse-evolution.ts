import type { LayerLike } from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { checkDynamic, type DynamicOptions } from './dynamic-options.ts';
import { type DynamicSparsity, dynamicSparsity } from './dynamic-sparsity.ts';

/** Options of {@link sparseEvolution}. */
export interface SparseEvolutionOptions extends DynamicOptions {
  /**
   * The last step that may rewire: an integer, `begin` or more.
   * @defaultValue Infinity
   */
  end?: number;
}

/**
 * SET, sparse evolutionary training: as {@link rigl}, but connections grow at random, and always the same share of them changes. No step
 * is skipped, for no gradient is asked. The paper drops the smallest positive and the largest negative weights separately and starts
 * new ones at random; here, as in the comparison of the authors of RigL, the smallest magnitudes go and new ones start at 0.
 *
 * Which ones grow depends on the seed, the step, and the weight's path and size alone: the same on every backend.
 *
 * Mocanu, Mocanu, Stone, Nguyen, Gibescu and Liotta 2018, https://arxiv.org/abs/1707.04780
 *
 * @example
 * const callback = await sparseEvolution(model, { sparsity: 0.9, frequency: 10, seed: 1 });
 * await model.fit(x, y, { epochs: 10, callbacks: callback });
 * console.log(callback.pruning.sparsity); // -> 0.9
 *
 * @param model - a built LayersModel or layer
 * @param options - how sparse, when connections change and how many
 * @returns the callback, masks in place
 * @throws as {@link rigl}
 */
export async function sparseEvolution(model: LayerLike, options: SparseEvolutionOptions): Promise<DynamicSparsity> {
  const checked = checkDynamic('sparseEvolution', options, Number.POSITIVE_INFINITY);
  return dynamicSparsity(model, options, checked, {
    fn: 'sparseEvolution',
    fraction: () => checked.fraction,
    grow: (step, { stablePath, size }) =>
      fillUniform(new Float32Array(size), randomKey(checked.seed, `${stablePath} grows at ${step}`)),
  });
}
