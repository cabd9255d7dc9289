import type * as tf from '@tensorflow/tfjs-core';
import { checkIdle, exclusively, foldAll } from '@weightkit/core';
import type { ModelAmount } from './amount.ts';
import { certify, type PruningCertificate } from './certify.ts';
import { checkInPlace, maskAll, unmaskAll } from './masked-weight.ts';
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
   * @param amount - `{ sparsity }` or `{ count }`, of each weight or of all as the scope says; layers that no pattern of sparsities
   * matches stay as they are
   * @param options - whether pruned entries may come back
   * @throws as `prune`, and RangeError for fewer zeros than there are or the structure `{ n, m }`; no mask has changed then
   */
  update(amount: ModelAmount, options?: UpdateOptions): Promise<void>;
  /** Counts the entries that are not +0 where a mask says 0, in the model as it is now: after training, after `fold`. */
  verify(): Promise<PruningCertificate>;
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

/** Puts masks on the weights of a plan, on all or on none. */
export function install(fn: string, plan: Plan, chosen: Selection): Pruning {
  checkUnmasked(fn, plan.weights);
  const entries = maskAll(plan.weights, chosen.bits);
  let selection = chosen;
  return {
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
    toJSON: () => masksJSON(entries, plan),
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
