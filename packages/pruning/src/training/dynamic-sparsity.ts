import * as tf from '@tensorflow/tfjs-core';
import {
  exclusively,
  type LayerLike,
  type NamedGradient,
  type StockCallback,
  stockCallback,
  weightsOf,
} from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';
import { checkModelAmount, isByPattern } from '../masks/amount.ts';
import { emptyPruned } from '../masks/empty-pruned.ts';
import { checkInPlace, type MaskedWeight } from '../masks/masked-weight.ts';
import { planOf } from '../masks/plan.ts';
import { installMasks, type Pruning } from '../masks/pruning.ts';
import { scorePlan, select } from '../masks/select.ts';
import { zerosOf } from '../masks/zeros-of.ts';
import { heldOptimizer } from '../schedules/held-optimizer.ts';
import { isTurn } from '../schedules/schedule.ts';
import { masksOfState, type TrainingState } from '../schedules/training-state.ts';
import { random } from '../scores/random.ts';
import { checkPlain } from './check-plain.ts';
import { dropAndGrow } from './drop-and-grow.ts';
import type { Checked, DynamicOptions } from './dynamic-options.ts';

/** Connections that change while a model trains; a callback of `fit` and `fitDataset`. */
export interface DynamicSparsity extends StockCallback {
  /** The masks, in place from the start; fold, restore or dispose them in the end. */
  readonly pruning: Pruning;
  /** Training steps (batches) begun so far, over all fits. */
  readonly step: number;
  /** How many connections have been dropped and others grown in their place so far. */
  readonly rewired: number;
  /**
   * Where it stands, as plain data for the option `resume`.
   *
   * @throws Error between the step of a turn and the next, or the end of the epoch: its gradients are in no file
   */
  toJSON(): TrainingState;
  /** Rewires if it is a turn, then counts a step. A training loop of one's own awaits it before each step. */
  onBatchBegin(): Promise<void>;
  /** Ends a rewiring that waits, and checks that the masks hold, unless `check` is false. */
  onEpochEnd(): Promise<void>;
  /** Ends a rewiring that waits. A training loop of one's own awaits it at its end. */
  onTrainEnd(): Promise<void>;
}

/** How connections change. */
export interface Rewiring {
  /** The function that was called, for messages. */
  fn: string;
  /** The share of connections that is rewired at a step. */
  fraction(step: number): number;
  /**
   * What a connection deserves that grows: by the gradient that the step of the turn has, which then steps nothing; or by a score of
   * its own.
   */
  grow: 'gradient' | ((step: number, weight: { stablePath: string; size: number }) => Float32Array);
}

async function valuesOf(fn: string, what: string, entry: MaskedWeight, tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  checkFinite(fn, what, entry.weight.path, values);
  return values.map(Math.abs);
}

/** The gradients of a step that steps nothing. */
function gradientCatcher(entries: readonly MaskedWeight[]) {
  let caught: Map<MaskedWeight, tf.Tensor> | undefined;
  let waiting = false;
  const open = (dense: boolean): void => {
    waiting = dense;
    for (const entry of entries) entry.dense = dense;
  };
  const drop = (): void => {
    for (const tensor of caught?.values() ?? []) tensor.dispose();
    caught = undefined;
  };
  return {
    /** Whether a step was to come and has not. */
    get waiting() {
      return waiting;
    },
    await: () => open(true),
    cancel() {
      open(false);
      drop();
    },
    before(gradients: readonly NamedGradient[]): readonly NamedGradient[] | void {
      if (!waiting) return undefined;
      open(false);
      const byName = new Map(gradients.map(({ name, tensor }) => [name, tensor]));
      caught = new Map(
        entries.flatMap((entry) => {
          const gradient = byName.get(entry.parametrization.raw.name);
          return gradient ? [[entry, tf.keep(tf.clone(gradient))] as const] : [];
        }),
      );
      return [];
    },
    take() {
      const taken = caught;
      caught = undefined;
      return taken;
    },
    get has() {
      return caught !== undefined;
    },
  };
}

/**
 * Masks whose connections change: at each turn a share of them is dropped by magnitude and as many grow elsewhere.
 *
 * The raw weight is 0 wherever there is no connection, so that one that grows begins at 0, and the moments of an optimizer that is held
 * are what they start from.
 */
export async function dynamicSparsity(
  model: LayerLike,
  options: DynamicOptions,
  checked: Checked,
  { fn, fraction, grow }: Rewiring,
): Promise<DynamicSparsity> {
  const { begin, end, frequency, check, scope, seed } = checked;
  const { sparsity, filter, score = random({ seed }), optimizer, resume } = options;
  checkModelAmount(fn, { sparsity });
  const { entries, pruning, hold, plan } = await exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const found = planOf(
      fn,
      model,
      { scope, score, ...(filter !== undefined && { filter }) },
      isByPattern(sparsity) ? sparsity : undefined,
    );
    checkPlain(fn, model, new Set(found.weights.map(({ path }) => path)));
    const choose = async () =>
      select(fn, found, await scorePlan(fn, found, found.weights), zerosOf(fn, { sparsity }, found));
    return { plan: found, ...installMasks(fn, found, resume ? masksOfState(fn, found, resume) : await choose()) };
  });
  for (const entry of entries) emptyPruned(entry);
  const catcher = gradientCatcher(entries);
  const held = heldOptimizer((one) => hold(one, catcher.before), model, optimizer);
  let step = resume?.step ?? 0;
  let rewired = resume?.rewired ?? 0;

  const growth = async (entry: MaskedWeight, gradients: Map<MaskedWeight, tf.Tensor> | undefined, at: number) => {
    const { stablePath } = entry.weight;
    if (grow !== 'gradient') return grow(at, { stablePath, size: entry.bits.length });
    const gradient = gradients?.get(entry);
    return gradient ? valuesOf(fn, 'gradients', entry, gradient) : new Float32Array(entry.bits.length);
  };
  const rewire = async (at: number): Promise<void> => {
    const gradients = catcher.take();
    try {
      const share = fraction(at);
      const next = [];
      for (const entry of entries) {
        const active = entry.bits.length - entry.zeros;
        const stay = await valuesOf(fn, 'weights', entry, entry.parametrization.raw);
        next.push(dropAndGrow(entry.bits, stay, await growth(entry, gradients, at), Math.floor(share * active)));
      }
      checkInPlace(fn, entries);
      for (const [i, entry] of entries.entries()) {
        entry.set(next[i]!.mask);
        emptyPruned(entry);
        rewired += next[i]!.grown;
      }
    } finally {
      for (const tensor of gradients?.values() ?? []) tensor.dispose();
    }
  };
  const finish = async (): Promise<void> => {
    if (catcher.has) await exclusively(fn, plan.weights, () => rewire(step - 1));
  };
  const callback = stockCallback(
    {
      pruning,
      get step() {
        return step;
      },
      get rewired() {
        return rewired;
      },
      toJSON() {
        if (catcher.has || catcher.waiting)
          throw new Error(
            `toJSON: state must be taken where no rewiring waits, got step ${step - 1}, a turn; take it in onEpochEnd or after fit`,
          );
        return { step, rewired, masks: pruning.toJSON() };
      },
      async onBatchBegin() {
        held.ofLoop();
        if (catcher.waiting) {
          catcher.cancel();
          throw new Error(
            `${fn}: optimizer must be the one that trains, got no gradients of it in step ${step - 1}; say { optimizer }`,
          );
        }
        await finish();
        if (isTurn(step, begin, end, frequency) && step < end) {
          checkInPlace(fn, entries);
          if (grow === 'gradient') catcher.await();
          else await exclusively(fn, plan.weights, () => rewire(step));
        }
        step++;
      },
      async onEpochEnd() {
        await finish();
        if (check) await pruning.check();
      },
      async onTrainEnd() {
        held.ended();
        await finish();
      },
    },
    fn,
    plan.weights,
    held.ofFit,
  );
  return callback;
}
