import type * as tf from '@tensorflow/tfjs-core';
import { checkIdle, exclusively, foldAll, type Tap } from '@weightkit/core';
import { checkType } from '@weightkit/numerics/check';
import type { ModelAmount } from './amount.ts';
import { certify, type PruningCertificate } from './certify.ts';
import { checkHeld } from './check-held.ts';
import { type Hold, holdMoments } from './hold-moments.ts';
import { checkInPlace, type MaskedWeight, maskAll, unmaskAll } from './masked-weight.ts';
import { type MasksJSON, masksJSON } from './masks-json.ts';
import { checkUnmasked, type Plan } from './plan.ts';
import { type PruningReport, reportOf, totalShare } from './report.ts';
import type { Selection } from './select.ts';
import { checkUpdate, type UpdateOptions, updateMasks } from './update-masks.ts';

/** Masks in place on a model's weights; made by `prune` and `pruneDuring`. */
export interface Pruning {
  /** The masks by path: bool tensors, the same objects for as long as the pruning is in place. Borrowed. */
  readonly masks: Readonly<Record<string, tf.Tensor>>;
  /** The fraction of zeros over all weights under masks. */
  readonly sparsity: number;
  /** What is pruned by how much, and what was left out and why. */
  report(): PruningReport;
  /**
   * Chooses the masks anew from the scores of the current raw weights. Pruned entries stay pruned unless `regrow` is true,
   * and then an update that asks for no more zeros does nothing. The model, the optimizer and its state stay as they are. Of two
   * updates at once the second comes after the first.
   *
   * @param amount - `{ sparsity }` or `{ count }`, of each weight or of all as the scope says, and of each m neighbors for the structure
   * `{ n, m }`: `{ count: 2 }` leaves 2 of 4. Layers that no pattern of sparsities matches stay as they are
   * @param options - whether pruned entries may come back
   * @throws as `prune`, and RangeError for fewer zeros than there are; no mask has changed then
   */
  update(amount: ModelAmount, options?: UpdateOptions): Promise<void>;
  /** Counts the entries that are not +0 where a mask says 0, in the model as it is now: after training, after `fold`. */
  verify(): Promise<PruningCertificate>;
  /**
   * Throws unless all pruned entries are 0 in what the layers compute with now and, of optimizers that are held, have no moments. It
   * counts on the device and downloads two numbers for each weight: cheap enough for every epoch, where `verify` downloads all weights.
   *
   * @throws Error that names the first weight for which that is not so, or one whose mask was taken away
   */
  check(): Promise<void>;
  /**
   * Keeps the moments that an optimizer has of pruned entries at what they start from (0; of `adagrad` its initial accumulator): what
   * was learnt before an entry was pruned, or a regularizer, moves it no more, so that its raw weight stays as it was when it was pruned,
   * and an entry that returns begins anew. In `fit` and `fitDataset` `pruneDuring` does it by itself. Until `fold`, `restore` or `dispose`, or
   * until the function returned is called.
   *
   * @param optimizer - the one that steps the weights
   * @returns a function that lets the optimizer go; calling it again does nothing
   * @throws TypeError for what is no optimizer; Error when a mask was taken away
   */
  hold(optimizer: tf.Optimizer): () => void;
  /**
   * The masks as plain data, for `JSON.stringify`, a file, or `model.setUserDefinedMetadata`, which is saved with the model; what
   * `applyMasks` takes.
   */
  toJSON(): MasksJSON;
  /**
   * Takes the masks away and leaves the zeros in the weights: the model predicts as before. Nothing holds the zeros from then
   * on: training fills them again (`verify` counts them). Disposes the masks.
   */
  fold(): void;
  /** Takes the masks away and leaves the raw weights, as they are by now. Disposes the masks. */
  restore(): void;
  /** `restore` for what is still in place; nothing after `fold` or `restore`. */
  dispose(): void;
}

/** Masks in place, with the weights under them. */
export interface Installed {
  entries: readonly MaskedWeight[];
  pruning: Pruning;
  /** `pruning.hold`, with what sees each step's gradients first and may give others. */
  hold(optimizer: tf.Optimizer, first?: Tap['before']): () => void;
}

/** Puts masks on the weights of a plan, on all or on none. */
export const install = (fn: string, plan: Plan, chosen: Selection): Pruning => installMasks(fn, plan, chosen).pruning;

/** As {@link install}, for those who change what is under the masks. */
export function installMasks(fn: string, plan: Plan, chosen: Selection): Installed {
  checkUnmasked(fn, plan.weights);
  const entries = maskAll(fn, plan.weights, chosen.bits);
  let selection = chosen;
  const holds = new Set<Hold>();
  const release = (one: Hold) => {
    one.release();
    holds.delete(one);
  };
  const hold: Installed['hold'] = (optimizer, first) => {
    checkType(typeof optimizer?.applyGradients === 'function', 'hold: optimizer must be a tf.Optimizer', optimizer);
    checkInPlace('hold', entries);
    const one = holdMoments(entries, optimizer, first);
    holds.add(one);
    return () => release(one);
  };
  const takeAway = () => {
    for (const one of [...holds]) release(one);
    unmaskAll(entries);
  };
  const pruning: Pruning = {
    masks: Object.fromEntries(entries.map(({ weight, mask }) => [weight.path, mask])),
    get sparsity() {
      return totalShare(entries).sparsity;
    },
    report: () => reportOf(entries, plan, selection),
    async update(amount, options) {
      checkUpdate(amount, options);
      return exclusively('update', plan.weights, async () => {
        selection = await updateMasks(entries, plan, () => selection, amount, options);
      });
    },
    verify: () => certify(entries),
    check: async () => checkHeld('check', entries, [...holds]),
    hold: (optimizer) => hold(optimizer),
    toJSON: () => masksJSON(entries, plan, selection),
    fold() {
      checkInPlace('fold', entries);
      checkIdle('fold', plan.weights);
      foldAll(
        entries.map(({ parametrization }) => parametrization),
        'fold',
      );
      takeAway();
    },
    restore() {
      checkInPlace('restore', entries);
      checkIdle('restore', plan.weights);
      takeAway();
    },
    dispose: takeAway,
  };
  return { entries, pruning, hold };
}
