import { checkIdle, type LayerLike } from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { denseSelection } from '../masks/dense-selection.ts';
import { emptyPruned } from '../masks/empty-pruned.ts';
import { checkInPlace } from '../masks/masked-weight.ts';
import { type PruneRule, planOf, RULE_NAMES } from '../masks/plan.ts';
import { installMasks } from '../masks/pruning.ts';
import { heldOptimizer } from '../schedules/held-optimizer.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { type PruningCallback, scheduledCallback } from '../schedules/scheduled-callback.ts';
import { checkTraining, TRAINING_NAMES, type TrainingOptions } from '../schedules/training-options.ts';
import { checkState, masksOfState, type ResumeOption } from '../schedules/training-state.ts';
import { isNOfM } from '../structures/structure.ts';
import { checkPlain } from './check-plain.ts';

/** Options of {@link softPruneDuring}: a rule, whose structure is `'unit'` where it is left out, and of units and channels the reduction `'l2'`. */
export interface SoftPruningOptions extends PruneRule, TrainingOptions, ResumeOption {}

/** Soft pruning; a callback of `fit` and `fitDataset`. */
export interface SoftPruning extends PruningCallback {
  /** Whether what is pruned stays so from now on. */
  readonly hard: boolean;
  /**
   * Ends the soft part: what was chosen last becomes 0 once more and stays 0, however the model trains on.
   *
   * @throws Error when a mask was taken away
   */
  harden(): void;
}

const fn = 'softPruneDuring';

/**
 * Soft pruning: at each turn of the schedule the units (filters) with the smallest norm are set to 0, and go on learning. What grows
 * back beyond others is kept the next time, so that an early choice harms nothing. `harden` ends it: call it when the training is done, or
 * before some more of it.
 *
 * Until then the masks say what was chosen last and hold nothing. With a unit its entries of the bias and BatchNorm are set to 0, where
 * the paper takes filters alone.
 *
 * He, Kang, Dong, Fu and Yang 2018, https://arxiv.org/abs/1808.06866, who prune after each epoch: a schedule whose frequency is the number
 * of steps in an epoch.
 *
 * @example
 * const callback = softPruneDuring(model, constantSparsity({ sparsity: 0.5, begin: 4, frequency: 4 }));
 * await model.fit(x, y, { epochs: 3, callbacks: callback });
 * callback.harden();
 * console.log((await callback.pruning.verify()).nonzero); // -> 0
 *
 * @param model - a built LayersModel or layer
 * @param schedule - {@link constantSparsity} or another; it may fall as well as rise
 * @param options - the rule
 * @returns the callback
 * @throws as {@link pruneDuring}; RangeError for the structure `{ n, m }`; Error for weights that are parametrized already
 */
export function softPruneDuring(model: LayerLike, schedule: Schedule, options: SoftPruningOptions = {}): SoftPruning {
  checkType(typeof schedule === 'function', `${fn}: schedule must be a function`, schedule);
  checkOptions(fn, options, [...RULE_NAMES, ...TRAINING_NAMES, 'resume']);
  const { optimizer, check } = checkTraining(fn, options);
  const { structure = 'unit' } = options;
  const reduced = structure === 'unit' || structure === 'channel' ? { reduce: 'l2' as const } : {};
  const { optimizer: _, check: __, resume, ...rule } = options;
  if (resume !== undefined) checkState(fn, resume);
  const plan = planOf(fn, model, { ...reduced, ...rule, structure });
  checkRange(!isNOfM(structure), `${fn}: structure must not be { n, m }`, structure);
  checkPlain(fn, model, new Set(plan.weights.map(({ path }) => path)));
  checkIdle(fn, plan.weights);
  const { entries, pruning } = installMasks(fn, plan, resume ? masksOfState(fn, plan, resume) : denseSelection(plan));
  let hard = false;
  for (const entry of entries) entry.open = true;
  const empty = () => {
    for (const entry of entries) emptyPruned(entry);
  };
  const held = heldOptimizer((one) => (hard ? pruning.hold(one) : () => {}), model, optimizer);
  const callback = scheduledCallback({
    fn,
    plan,
    pruning,
    schedule,
    held,
    step: resume?.step ?? 0,
    checks: () => check && hard,
    async prune(sparsity) {
      if (hard) return;
      await pruning.update({ sparsity }, { regrow: true });
      empty();
    },
  });
  return Object.defineProperties(callback, {
    hard: { get: () => hard, enumerable: true, configurable: true },
    harden: {
      value() {
        checkInPlace('harden', entries);
        checkIdle('harden', plan.weights);
        empty();
        for (const entry of entries) entry.open = false;
        hard = true;
        held.again();
      },
      enumerable: true,
      configurable: true,
    },
  }) as SoftPruning;
}
