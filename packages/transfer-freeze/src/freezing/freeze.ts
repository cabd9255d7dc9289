import type * as tf from '@tensorflow/tfjs-core';
import {
  checkLayer,
  exclusively,
  type LayerLike,
  type ModelLike,
  type Parametrization,
  parametrizationsOf,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { type BatchNorm, batchNormsOf } from './batch-norms.ts';
import { holdAll, variablesOf } from './hold-all.ts';
import { finiteNow, type Moved, movedBetween, valuesNow } from './snapshot.ts';

/** What {@link freeze} did. */
export interface FreezeReport {
  /** Paths of the weights that stand still, statistics included, in model order. */
  frozen: string[];
  /** Paths of the weights that are left trainable. */
  trainable: string[];
  /** Paths of the BatchNorm layers that run in inference mode from now on. */
  inference: string[];
  /** Paths of BatchNorm statistics that still move in training, for their layer was not frozen. */
  moving: string[];
  /** Number of entries in `frozen`. */
  frozenParameters: number;
  /** Number of entries in `trainable`. */
  trainableParameters: number;
}

/** The proof that frozen weights stood still; see {@link Frozen.verify}. */
export interface Verification {
  /** How many weights were compared. */
  weights: number;
  /** How many entries were compared. */
  entries: number;
  /** The weights that moved; empty is the proof. */
  moved: Moved[];
}

/** A freeze in force; see {@link freeze}. */
export interface Frozen {
  /** Paths of the weights that stand still, statistics included, in model order. */
  readonly paths: readonly string[];
  /** Whether it is still in force. */
  readonly active: boolean;
  /** What was frozen and what was not, when it was frozen. */
  report(): FreezeReport;
  /**
   * Compares every frozen weight, as its layer computes with it, with its value when it was frozen, bit by bit: one unit in
   * the last place counts, and so does the sign of a zero. Where adapters (`lora`) have come beside a weight since, what lies under
   * them is compared.
   *
   * @throws Error when no longer in force
   */
  verify(): Promise<Verification>;
  /**
   * Gives every flag and every layer's call back as they were. Weights that another freeze holds too stay frozen.
   *
   * @throws Error when no longer in force
   */
  unfreeze(): void;
}

const isFrozen = ({ statistics, learned }: BatchNorm, matched: ReadonlySet<string>): boolean =>
  statistics.some(({ path }) => matched.has(path)) ||
  (learned.length > 0 && learned.every(({ path }) => matched.has(path)));

const sizeOf = (weights: readonly Weight[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

const pathsOf = (items: readonly { path: string }[]): string[] => items.map(({ path }) => path);

/** Of each weight the lowest adapter that has come since. */
function adaptersOf(
  model: LayerLike,
  fn: string,
  present: ReadonlySet<Parametrization>,
): Map<tf.Variable, Parametrization> {
  const lowest = new Map<tf.Variable, Parametrization>();
  for (const one of parametrizationsOf(model, fn))
    if (one.beside && !present.has(one) && !lowest.has(one.raw)) lowest.set(one.raw, one);
  return lowest;
}

interface Plan {
  model: LayerLike;
  frozen: Weight[];
  norms: BatchNorm[];
  variables: tf.Variable[];
  report: FreezeReport;
}

function planOf(fn: string, model: LayerLike, filter: WeightFilter): Plan {
  const all = weightsOf(model, undefined, fn);
  const matched = new Set(pathsOf(weightsOf(model, filter, fn)));
  const batchNorms = batchNormsOf(all);
  const norms = batchNorms.filter((norm) => isFrozen(norm, matched));
  const still = new Set([...matched, ...norms.flatMap(({ statistics }) => pathsOf(statistics))]);
  const frozen = all.filter(({ path }) => still.has(path));
  const trainable = all.filter(({ path, trainable }) => !still.has(path) && trainable);
  return {
    model,
    frozen,
    norms,
    variables: variablesOf(frozen, parametrizationsOf(model, fn)),
    report: {
      frozen: pathsOf(frozen),
      trainable: pathsOf(trainable),
      inference: pathsOf(norms),
      moving: batchNorms.filter((norm) => !norms.includes(norm)).flatMap(({ statistics }) => pathsOf(statistics)),
      frozenParameters: sizeOf(frozen),
      trainableParameters: sizeOf(trainable),
    },
  };
}

/**
 * Freezes weights so that they stay as they are, bit for bit, in `fit`, `fitDataset`, `trainOnBatch` and loops of your own with
 * `optimizer.minimize`, in nested models and wrappers too, until `unfreeze()`.
 *
 * How: the `trainable` flag of each tf.Variable is held false, and nothing else is touched. No recompile is needed, before or
 * after, and none does harm: the train step passes a null gradient for such a variable, every optimizer of tfjs then skips it
 * and keeps its state in place, and goes on with it after `unfreeze()`. The flags of layers stay as they are, so that
 * `getWeights()` keeps its order, which stock freezing changes; `model.summary()` and the saved file do not show the freeze:
 * freeze again after loading.
 *
 * A BatchNorm layer is frozen when the filter takes all of its gamma and beta, or any of its statistics. Then it runs in
 * inference mode, as in Keras 2 and later: it normalizes by its moving statistics, which stay as they are (with `scale` or
 * `center` false too, where stock training throws). With gamma or beta alone frozen, batch statistics are used and the moving
 * ones move. Dropout goes on in frozen layers, as in Keras, and their
 * regularizers still add their constant to the loss.
 *
 * Freezes compose: each handle holds its weights, so that handles over parts of a model, given back one by one, unfreeze it
 * gradually. A parametrized weight is frozen with its extra variables; parametrize before freezing
 * (weight norm is refused on a frozen weight, adapters are not and train beside it; a mask or a quantizer changes what the layer computes with, and `verify` reports it).
 *
 * A loop that calls `minimize` without a list of variables needs no new optimizer either: one that makes such a step while any
 * freeze is in force keeps momentum and moments by the variables' names from then on, frozen ones included. Only one that is
 * handed the gradients of `tf.variableGrads` must be tapped by `tapOptimizer` before. Something must be left to train, or a step throws.
 *
 * @example
 * const frozen = await freeze(model, 'encoder/**');
 * await model.fit(x, y, { epochs: 3 });
 * console.log((await frozen.verify()).moved); // -> []
 *
 * @param model - a built LayersModel, or a layer
 * @param filter - which weights: path, glob, RegExp, function or a list of these; all when left out
 * @returns the handle; it keeps a copy of the frozen values in main memory, which `unfreeze` lets go
 * @throws TypeError or Error when the source is no layers model or not built; RangeError when the filter matches nothing or a
 * weight is not finite, by path and index. Nothing is frozen then
 */
export async function freeze(model: ModelLike | LayerLike, filter: WeightFilter = () => true): Promise<Frozen> {
  return freezeAs('freeze', model, filter);
}

/** {@link freeze} with the name that messages give. */
export async function freezeAs(fn: string, model: LayerLike, filter: WeightFilter): Promise<Frozen> {
  checkLayer(fn, 'model', model);
  return exclusively(fn, weightsOf(model, undefined, fn), () => freezeNow(fn, planOf(fn, model, filter)));
}

async function freezeNow(fn: string, plan: Plan): Promise<Frozen> {
  const { model, frozen, report, variables, norms } = plan;
  // These stand still with the weights.
  const present = new Set(parametrizationsOf(model, fn));
  const undo = holdAll(variables, norms);
  let before: Awaited<ReturnType<typeof finiteNow>> | undefined;
  try {
    before = await finiteNow(fn, frozen);
  } catch (error) {
    undo();
    throw error;
  }
  const checkActive = (fn: string) => {
    if (!before) throw new Error(`${fn}: freeze must be in force, got one already given back (of ${report.frozen[0]})`);
    return before;
  };
  return {
    paths: [...report.frozen],
    get active() {
      return before !== undefined;
    },
    report: () => structuredClone(report),
    async verify() {
      const then = checkActive('verify');
      const adapters = adaptersOf(model, 'verify', present);
      const now = await valuesNow(frozen, (weight) => adapters.get(weight.variable!)?.below() ?? weight.read());
      const moved = frozen
        .map(({ path }, i) => movedBetween(path, then[i]!, now[i]!))
        .filter((one) => one !== undefined);
      return { weights: frozen.length, entries: report.frozenParameters, moved };
    },
    unfreeze() {
      checkActive('unfreeze');
      before = undefined;
      undo();
    },
  };
}
