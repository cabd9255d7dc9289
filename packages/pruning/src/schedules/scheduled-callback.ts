import { type StockCallback, stockCallback } from '@weightkit/core';
import type { Plan } from '../masks/plan.ts';
import type { Pruning } from '../masks/pruning.ts';
import type { HeldOptimizer } from './held-optimizer.ts';
import type { Schedule } from './schedule.ts';
import type { TrainingState } from './training-state.ts';

/** Prunes a model while it trains; a callback of `fit` and `fitDataset`. */
export interface PruningCallback extends StockCallback {
  /** The masks, in place from the start; fold, restore or dispose them in the end. */
  readonly pruning: Pruning;
  /** Training steps (batches) begun so far, over all fits. */
  readonly step: number;
  /** Where it stands, as plain data for the option `resume`. */
  toJSON(): TrainingState;
  /** Prunes if the schedule says so, then counts a step. A training loop of one's own awaits it before each step. */
  onBatchBegin(): Promise<void>;
  /** Checks that the masks hold, unless `check` is false. */
  onEpochEnd(): Promise<void>;
  /** Prunes if the schedule says so for the number of steps done. A training loop of one's own awaits it at its end. */
  onTrainEnd(): Promise<void>;
}

/** What a callback that follows a schedule is made of. */
export interface Scheduled {
  /** The function that was called, for messages. */
  fn: string;
  plan: Plan;
  pruning: Pruning;
  schedule: Schedule;
  held: HeldOptimizer;
  /** Where it begins. */
  step: number;
  /** Whether an epoch ends with a check. */
  checks(): boolean | undefined;
  /** Prunes to a sparsity of the schedule. */
  prune(sparsity: number): Promise<void>;
}

/** The callback that prunes when its schedule says so, and counts steps. */
export function scheduledCallback({ fn, plan, pruning, schedule, held, ...given }: Scheduled): PruningCallback {
  let { step } = given;
  const pruneNow = async () => {
    const sparsity = schedule(step);
    if (sparsity !== undefined) await given.prune(sparsity);
  };
  return stockCallback(
    {
      pruning,
      get step() {
        return step;
      },
      toJSON: () => ({ step, masks: pruning.toJSON() }),
      async onBatchBegin() {
        held.ofLoop();
        await pruneNow();
        step++;
      },
      async onEpochEnd() {
        if (given.checks()) await pruning.check();
      },
      async onTrainEnd() {
        held.ended();
        await pruneNow();
      },
    },
    fn,
    plan.weights,
    held.ofFit,
  );
}
