import type * as tf from '@tensorflow/tfjs';
import {
  nOfMSteps,
  type PruneRule,
  type Pruning,
  polynomialDecay,
  prune,
  pruneDuring,
  random,
} from '@weightkit/pruning';
import { accuracyOf, type Examples, LAYERS, type Net, netOf, trainNet } from './network.ts';

/** What goes as one. */
export const WHATS = ['weights', '2:4', 'units'] as const;
export const RULES = ['smallest first', 'at random'] as const;
export const SCOPES = ['the whole network', 'each layer'] as const;

/** The part of the training in which weights go little by little. */
const GRADUAL = 0.7;

/** What is pruned, and how. */
export interface Choice {
  /** Percent of the weights, or of the hidden units, that go; 2:4 says it itself. */
  sparsity: number;
  what: (typeof WHATS)[number];
  by: (typeof RULES)[number];
  /** What shares are of. */
  scope: (typeof SCOPES)[number];
  /** Training steps after pruning. */
  tune: number;
  seed: number;
}

/** What pruning made of a network. */
export interface Pruned {
  /** Of each kernel: 1 where a weight stays. */
  kept: Uint8Array[];
  zeros: number;
  weights: number;
  /** Test accuracy when nothing is trained after pruning. */
  atOnce: number;
  /** After training on, and when weights went little by little meanwhile; null where that was not done. */
  tuned: number | null;
  gradual: number | null;
  /** Weights under masks that are not exactly 0 after training. */
  alive: number;
}

/** Examples to train on, examples to judge by, and what is awaited before each step. */
export interface Work {
  train: Examples;
  unseen: Examples;
  tick: (label: string) => Promise<void>;
}

/** The rule as `prune` takes it, for all but 2:4 without how much. */
function ruleOf({ what, by, scope, seed }: Choice): PruneRule {
  return {
    scope: scope === 'each layer' || what === '2:4' ? 'layer' : 'global',
    ...(by === 'at random' && { score: random({ seed }) }),
    ...(what === '2:4' && { structure: { n: 2, m: 4 } }),
    // The ten digits stay.
    ...(what === 'units' && { structure: 'unit' as const, reduce: 'l2' as const, filter: 'hidden*/kernel' }),
  };
}

// #region prune
/** Prunes a trained network; the zeros stay zeros when it is trained on. */
export function pruneNow(model: tf.LayersModel, choice: Choice): Promise<Pruning> {
  const rule = ruleOf(choice);
  if (choice.what === '2:4') return prune(model, { ...rule, structure: { n: 2, m: 4 } });
  return prune(model, { ...rule, sparsity: choice.sparsity / 100 });
}
// #endregion

/** A pruned network. */
export interface Made {
  model: tf.LayersModel;
  pruning: Pruning;
  pruned: Omit<Pruned, 'gradual'>;
}

/** Prunes a trained network at once, and trains it on if `tunes`. The caller disposes the network and its masks. */
export async function pruneNet(net: Net, choice: Choice, { train, unseen, tick }: Work, tunes: boolean): Promise<Made> {
  const model = netOf(net);
  const owned: { dispose(): unknown }[] = [model];
  try {
    const pruning = await pruneNow(model, choice);
    owned.unshift(pruning);
    const atOnce = await accuracyOf(model, unseen);
    const kept: Uint8Array[] = [];
    for (const [i, { length }] of net.kernels.entries()) {
      const mask = pruning.masks[`${LAYERS[i]!}/kernel`];
      kept.push(mask ? Uint8Array.from(await mask.data()) : new Uint8Array(length).fill(1));
    }
    let tuned: number | null = null;
    if (tunes) {
      let release: (() => void) | undefined;
      await trainNet(model, train, choice.tune, choice.seed + 1, async (optimizer) => {
        release ??= pruning.hold(optimizer);
        await tick('training on after pruning');
      });
      release?.();
      tuned = await accuracyOf(model, unseen);
    }
    const { nonzero: alive } = await pruning.verify();
    const weights = kept.reduce((sum, mask) => sum + mask.length, 0);
    const left = kept.reduce((sum, mask) => sum + mask.reduce((count, bit) => count + bit, 0), 0);
    return { model, pruning, pruned: { kept, zeros: weights - left, weights, atOnce, tuned, alive } };
  } catch (error) {
    for (const one of owned) one.dispose();
    throw error;
  }
}

// #region gradually
/** Prunes a trained network little by little in as many steps, most of them early; its accuracy in the end. */
export async function pruneGradually(net: Net, choice: Choice, { train, unseen, tick }: Work): Promise<number> {
  const model = netOf(net);
  const { tune, what, sparsity, seed } = choice;
  const end = Math.floor(GRADUAL * tune);
  const schedule =
    what === '2:4'
      ? nOfMSteps({ n: [3, 2], m: 4, frequency: Math.max(1, end) })
      : polynomialDecay({ final: sparsity / 100, end, frequency: Math.max(1, Math.floor(end / 10)) });
  const callback = pruneDuring(model, schedule, ruleOf(choice));
  try {
    await trainNet(model, train, tune, seed + 1, async () => {
      await callback.onBatchBegin();
      await tick('pruning little by little');
    });
    await callback.onTrainEnd();
    return await accuracyOf(model, unseen);
  } finally {
    callback.pruning.dispose();
    model.dispose();
  }
}
// #endregion
