import type { LayerLike } from '@weightkit/core';
import { cosineFraction } from './drop-and-grow.ts';
import { checkDynamic, type DynamicOptions } from './dynamic-options.ts';
import { type DynamicSparsity, dynamicSparsity } from './dynamic-sparsity.ts';

/** Options of {@link rigl}. */
export interface RiglOptions extends DynamicOptions {
  /** T, when rewiring ends: an integer, `begin` or more. The paper takes three quarters of all steps. */
  end: number;
}

/**
 * RigL: trains a model that is sparse from the first step to the last, whose connections move to where the loss asks for them. Before
 * step t = begin, begin + frequency, ... below `end` the share α / 2 * (1 + cos(π t / end)) of each weight's connections is dropped,
 * those with the smallest magnitude, and as many grow where the gradient of that step is largest in magnitude. That step moves no
 * weight, as in the paper. Numbers of connections never change.
 *
 * A connection that grows begins at 0, without moments in the optimizer; one that is dropped and grown at once stays as it is, as in the
 * authors' code. Weights that are no connections are 0 from the call on, `restore` does not bring them back.
 *
 * The callback stands in `fit` as that of {@link pruneDuring} does.
 *
 * Evci, Gale, Menick, Castro and Elsen 2020, https://arxiv.org/abs/1911.11134
 *
 * @example
 * const callback = await rigl(model, { sparsity: 0.9, scope: 'erk', frequency: 10, end: 150, seed: 1 });
 * await model.fit(x, y, { epochs: 10, callbacks: callback });
 * callback.pruning.fold();
 *
 * @param model - a built LayersModel or layer
 * @param options - how sparse, when connections change and how many
 * @returns the callback, masks in place
 * @throws as {@link prune}; RangeError for options out of range; Error for weights that are parametrized already. A weight or gradient
 * that is not finite throws at its turn and out of `fit`
 */
export async function rigl(model: LayerLike, options: RiglOptions): Promise<DynamicSparsity> {
  const checked = checkDynamic('rigl', options, Number.MAX_SAFE_INTEGER);
  return dynamicSparsity(model, options, checked, {
    fn: 'rigl',
    fraction: (step) => cosineFraction(checked.fraction, checked.end, step),
    grow: 'gradient',
  });
}
