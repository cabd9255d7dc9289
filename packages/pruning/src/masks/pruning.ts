import type * as tf from '@tensorflow/tfjs-core';
import { checkIdle, exclusively, foldAll } from '@weightkit/core';
import type { Amount } from './amount.ts';
import { certify, type PruningCertificate } from './certify.ts';
import { checkInPlace, maskAll, unmaskAll } from './masked-weight.ts';
import { checkUnmasked, type Plan } from './plan.ts';
import { type PruningReport, reportOf, totalShare } from './report.ts';
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
   * @param amount - `{ sparsity }` or `{ count }`, of each weight or of all as the scope says
   * @param options - whether pruned entries may come back
   * @throws as `prune`, and RangeError for fewer zeros than there are; no mask has changed then
   */
  update(amount: Amount, options?: UpdateOptions): Promise<void>;
  /** Counts the entries that are not +0 where a mask says 0, in the model as it is now: after training, after `fold`. */
  verify(): Promise<PruningCertificate>;
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

/** Puts masks on the weights of a plan, on all or on none. */
export function install(fn: string, plan: Plan, bits: readonly Uint8Array[]): Pruning {
  checkUnmasked(fn, plan.weights);
  const entries = maskAll(plan.weights, bits);
  return {
    masks: Object.fromEntries(entries.map(({ weight, mask }) => [weight.path, mask])),
    get sparsity() {
      return totalShare(entries).sparsity;
    },
    report: () => reportOf(entries, plan.skipped),
    async update(amount, options) {
      checkUpdate(amount, options);
      return exclusively('update', plan.weights, () => updateMasks(entries, plan, amount, options));
    },
    verify: () => certify(entries),
    fold() {
      checkInPlace('fold', entries);
      checkIdle('fold', plan.weights);
      foldAll(
        entries.map(({ parametrization }) => parametrization),
        'fold',
      );
      unmaskAll(entries);
    },
    restore() {
      checkInPlace('restore', entries);
      checkIdle('restore', plan.weights);
      unmaskAll(entries);
    },
    dispose: () => unmaskAll(entries),
  };
}
