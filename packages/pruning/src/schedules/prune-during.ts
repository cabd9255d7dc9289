import { checkIdle, type LayerLike } from '@weightkit/core';
import { roundHalfEven } from '@weightkit/numerics';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { denseSelection } from '../masks/dense-selection.ts';
import { type Plan, type PruneRule, planOf, RULE_NAMES } from '../masks/plan.ts';
import { install } from '../masks/pruning.ts';
import type { UpdateOptions } from '../masks/update-masks.ts';
import type { NOfMStructure } from '../structures/structure.ts';
import { heldOptimizer } from './held-optimizer.ts';
import type { Schedule } from './schedule.ts';
import { type PruningCallback, scheduledCallback } from './scheduled-callback.ts';
import { checkTraining, TRAINING_NAMES, type TrainingOptions } from './training-options.ts';
import { checkState, masksOfState, type ResumeOption } from './training-state.ts';

/** Options of {@link pruneDuring}. */
export interface PruneDuringOptions extends PruneRule, UpdateOptions, TrainingOptions, ResumeOption {}

/** Throws when a schedule goes below the n of `{ n, m }`. */
function checkKeeps({ neighbors, structure }: Plan, sparsity: number): void {
  if (neighbors.length === 0) return;
  const { n, m } = structure as NOfMStructure;
  const kept = m - roundHalfEven(sparsity * m);
  checkRange(!(kept < n), `pruneDuring: schedule must keep ${n} of ${m} or more, as the structure says`, sparsity);
}

/**
 * Prunes a model gradually in `fit` or `fitDataset`: before the batch of step t the masks are chosen anew if the schedule has
 * a sparsity for t, and `fit` waits for them. Steps count from 0 over all epochs and all fits that get the callback. A fit of
 * T steps ends with the schedule's step T, so that a schedule whose `end` is the number of steps reaches its final sparsity.
 *
 * With the structure `{ n, m }` a sparsity s keeps m - s * m of m neighbors, rounded half to even, and no fewer than n:
 * {@link nOfMSteps} says it in whole steps, and `constantSparsity({ sparsity: 0.5, begin: 1000 })` is dense until then.
 *
 * All-ones masks are put on the model at once. No recompile is needed and the optimizer keeps its state but for the moments of pruned
 * entries, which go with them (see `hold` of {@link Pruning}). Each epoch ends with `pruning.check()`.
 *
 * The callback may stand alone, among plain callbacks, or in a list behind an instance of tf.Callback:
 * `[tf.callbacks.earlyStopping(), callback]`. tfjs takes what stands first for what all of the list are, so a list that begins
 * with a plain callback must not hold an instance: to stand first, take `pruneDuring` of `@weightkit/pruning/layers`.
 *
 * Zhu and Gupta 2017, https://arxiv.org/abs/1710.01878
 *
 * @example
 * const callback = pruneDuring(model, polynomialDecay({ final: 0.8, end: 300, frequency: 10 }));
 * await model.fit(x, y, { epochs: 12, callbacks: callback });
 * callback.pruning.fold();
 *
 * @param model - a built LayersModel or layer
 * @param schedule - {@link constantSparsity}, {@link polynomialDecay}, {@link oneCycle}, {@link nOfMSteps} or a function step -> sparsity or undefined
 * @param options - the rule, and whether pruned entries may regrow
 * @returns the callback
 * @throws as {@link prune}; a weight that is not finite, or a schedule that asks for less sparsity with no regrowth, throws
 * at its step and out of `fit`, which throws before it trains where the model that it trains has none of the weights
 */
export function pruneDuring(model: LayerLike, schedule: Schedule, options: PruneDuringOptions = {}): PruningCallback {
  checkType(typeof schedule === 'function', 'pruneDuring: schedule must be a function', schedule);
  checkOptions('pruneDuring', options, [...RULE_NAMES, 'regrow', ...TRAINING_NAMES, 'resume']);
  const { regrow = false, resume } = options;
  checkType(typeof regrow === 'boolean', 'pruneDuring: regrow must be a boolean', regrow);
  const { optimizer, check } = checkTraining('pruneDuring', options);
  if (resume !== undefined) checkState('pruneDuring', resume);
  const plan = planOf('pruneDuring', model, options);
  checkIdle('pruneDuring', plan.weights);
  const pruning = install(
    'pruneDuring',
    plan,
    resume ? masksOfState('pruneDuring', plan, resume) : denseSelection(plan),
  );
  const held = heldOptimizer(pruning.hold, model, optimizer);
  return scheduledCallback({
    fn: 'pruneDuring',
    plan,
    pruning,
    schedule,
    held,
    step: resume?.step ?? 0,
    checks: () => check,
    async prune(sparsity) {
      checkKeeps(plan, sparsity);
      await pruning.update({ sparsity }, { regrow });
    },
  });
}
