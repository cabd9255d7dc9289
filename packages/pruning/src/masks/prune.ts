import { exclusively, type LayerLike, weightsOf } from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { isNOfM, type NOfMStructure } from '../structures/structure.ts';
import { checkModelAmount, isByPattern, type ModelAmount } from './amount.ts';
import { type PruneRule, planOf, RULE_NAMES } from './plan.ts';
import { install, type Pruning } from './pruning.ts';
import { scorePlan, select } from './select.ts';
import { zerosOf } from './zeros-of.ts';

/** A rule whose structure says how many entries are kept. */
export interface NOfMRule extends PruneRule {
  /** Of m neighbors n are kept. */
  structure: NOfMStructure;
  /** The structure says it. */
  sparsity?: never;
  /** The structure says it. */
  count?: never;
}

/** Options of {@link prune}: how many zeros, and what is pruned by what rule. */
export type PruneOptions = (ModelAmount & PruneRule) | NOfMRule;

/**
 * Prunes by checked options.
 *
 * @param fn - the function that was called, for messages
 */
export function pruneBy(fn: string, model: LayerLike, options: PruneOptions): Promise<Pruning> {
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const { sparsity } = options;
    const plan = planOf(fn, model, options, isByPattern(sparsity) ? sparsity : undefined);
    const { n, m } = plan.structure as NOfMStructure;
    const zeros =
      plan.neighbors.length > 0 ? plan.neighbors.map(() => m - n) : zerosOf(fn, options as ModelAmount, plan);
    const scores = await scorePlan(fn, plan, plan.weights);
    return install(fn, plan, select(fn, plan, scores, zeros));
  });
}

/** Throws unless an amount is there, or a structure that says it. */
function checkHowMany(options: PruneOptions): void {
  const { structure, sparsity, count } = (options ?? {}) as PruneRule & Partial<ModelAmount>;
  if (typeof structure === 'object' && structure !== null && isNOfM(structure))
    checkRange(
      sparsity === undefined && count === undefined,
      'prune: amount must be left out for { n, m }, which says it',
      sparsity ?? count,
    );
  else checkModelAmount('prune', options as ModelAmount);
}

/**
 * Prunes a model: its layers go on computing with `mask * w`, a mask being 0 at the lowest scores and 1 elsewhere, so that a
 * pruned entry is exactly +0 whatever an optimizer does to the raw weight under it, momentum included. The gradient of a
 * pruned entry is 0. No recompile is needed and the optimizer keeps its state.
 *
 * Counts are exact: `sparsity * n`, rounded half to even, of each weight or of all. Of equal scores the first is kept: of the
 * first weight in the model's order, at the lowest index. A weight can be under one pruning at a time; other weights of the
 * model may be under another.
 *
 * With a `structure` whole units, channels, slices, blocks or groups of your own go instead of entries, and counts are of them; at
 * least one of each layer stays, and `multipleOf` rounds how many.
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
  checkOptions('prune', options, ['sparsity', 'count', ...RULE_NAMES]);
  checkHowMany(options);
  return pruneBy('prune', model, options);
}
