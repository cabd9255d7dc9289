import { exclusively, type LayerLike, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { scoreAll } from '../scores/score.ts';
import { type Amount, checkAmount } from './amount.ts';
import { chooseMasks } from './choose-masks.ts';
import { type PruneRule, planOf, zerosOf } from './plan.ts';
import { install, type Pruning } from './pruning.ts';

/** Options of {@link prune}: how many zeros, and what is pruned by what rule. */
export type PruneOptions = Amount & PruneRule;

/**
 * Prunes a model: its layers go on computing with `mask * w`, a mask being 0 at the lowest scores and 1 elsewhere, so that a
 * pruned entry is exactly +0 whatever an optimizer does to the raw weight under it, momentum included. The gradient of a
 * pruned entry is 0. No recompile is needed and the optimizer keeps its state.
 *
 * Counts are exact: `sparsity * n`, rounded half to even, of each weight or of all. Of equal scores the first is kept: of the
 * first weight in the model's order, at the lowest index. A weight can be under one pruning at a time; other weights of the
 * model may be under another.
 *
 * Save the result with `saveFolded` of `@weightkit/core`, or `fold` it first.
 *
 * Magnitude pruning is Han, Pool, Tran and Dally 2015, https://arxiv.org/abs/1506.02626
 *
 * @example
 * const pruning = await prune(model, { sparsity: 0.8 });
 * await model.fit(x, y); // the zeros stay
 * console.log(pruning.sparsity, (await pruning.verify()).nonzero); // -> 0.8 0
 *
 * @param model - a built LayersModel or layer
 * @param options - `sparsity` or `count`, and the rule
 * @returns the masks in place
 * @throws RangeError for NaN or infinity in a weight or its scores (by path and index), an amount out of range, or a filter
 * that matches nothing; TypeError for an unknown option, or both or neither of sparsity and count; Error when the model is
 * not built or a weight is pruned already. Nothing has changed then
 */
export async function prune(model: LayerLike, options: PruneOptions): Promise<Pruning> {
  checkOptions('prune', options, ['sparsity', 'count', 'scope', 'filter', 'score']);
  checkAmount('prune', options);
  return exclusively('prune', weightsOf(model, undefined, 'prune'), async () => {
    const plan = planOf('prune', model, options);
    const zeros = zerosOf('prune', options, plan);
    const scores = await scoreAll('prune', plan.weights, plan.score);
    return install('prune', plan, chooseMasks(scores, zeros));
  });
}
