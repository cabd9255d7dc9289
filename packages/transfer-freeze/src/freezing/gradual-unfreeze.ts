import {
  checkLayer,
  type LayerLike,
  type ModelLike,
  type StockCallback,
  stockCallback,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkInteger, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { type Frozen, freezeAs, type Verification } from './freeze.ts';

/** Weights that begin to learn together; see {@link gradualUnfreeze}. */
export interface UnfreezeStage {
  /** Which weights: path, glob, RegExp, function or a list of these. */
  filter: WeightFilter;
  /** After how many epochs, over all fits: an integer of 1 or more. */
  epoch: number;
}

/** Unfreezes a model stage by stage while it trains; a callback of `fit` and `fitDataset`. */
export interface GradualUnfreezing extends StockCallback {
  /** Epochs begun so far, over all fits. */
  readonly epoch: number;
  /** Paths of the weights that stand still, in model order. */
  readonly frozen: readonly string[];
  /** Unfreezes the stages whose turn it is, then counts an epoch. A training loop of one's own awaits it before each epoch. */
  onEpochBegin(): Promise<void>;
  /** Compares every weight that stands still with its value when it was frozen, bit by bit. */
  verify(): Promise<Verification>;
  /** Gives back all stages that are left. */
  unfreeze(): void;
}

const fn = 'gradualUnfreeze';

/**
 * Gradual unfreezing: the head of a model learns first, and stage by stage what lies below it, so that what was learned before is not
 * lost to a head that knows nothing yet (Howard and Ruder 2018, https://arxiv.org/abs/1801.06146).
 *
 * All stages are frozen at once, each by {@link freeze} and with its promises; weights of no stage learn from the start. Before the
 * first batch of its epoch a stage is given back. No recompile is needed, and the optimizer keeps the state of what it moved before.
 * Weights of two stages stand still until the later one.
 *
 * The callback may stand alone, among plain callbacks, or in a list behind an instance of tf.Callback:
 * `[tf.callbacks.earlyStopping(), callback]`.
 *
 * @example
 * const callback = await gradualUnfreeze(model, [
 *   { filter: 'encoder/**', epoch: 2 },
 *   { filter: 'dense1/*', epoch: 1 },
 * ]);
 * await model.fit(x, y, { epochs: 2, callbacks: callback });
 * console.log(callback.epoch, callback.frozen.every((path) => path.startsWith('encoder/'))); // -> 2 true
 * callback.unfreeze();
 *
 * @param model - a built LayersModel, or a layer
 * @param stages - a list of filters and epochs, in any order
 * @returns the callback; it keeps a copy of the frozen values in main memory
 * @throws as {@link freeze}; TypeError or RangeError for stages that are none. Nothing is frozen then
 */
export async function gradualUnfreeze(
  model: ModelLike | LayerLike,
  stages: readonly UnfreezeStage[],
): Promise<GradualUnfreezing> {
  checkLayer(fn, 'model', model);
  checkType(Array.isArray(stages), `${fn}: stages must be a list of { filter, epoch }`, stages);
  checkRange(stages.length > 0, `${fn}: stages must have one or more`, stages.length);
  const list = Array.from(stages, (stage: unknown) => {
    checkPlainObject(`${fn}: each of stages must be { filter, epoch }`, stage);
    checkOptions(fn, stage, ['filter', 'epoch'], 'stages');
    const { filter, epoch } = stage as unknown as UnfreezeStage;
    checkType(filter !== undefined, `${fn}: filter of a stage must be given`, filter);
    checkInteger(fn, 'epoch', epoch, 1);
    return { filter, epoch };
  });
  const weights = weightsOf(model, undefined, fn);
  let left: { epoch: number; handle: Frozen }[] = [];
  try {
    for (const { filter, epoch } of list) left.push({ epoch, handle: await freezeAs(fn, model, filter) });
  } catch (error) {
    for (const { handle } of left) handle.unfreeze();
    throw error;
  }
  let begun = 0;
  const release = (isDue: (epoch: number) => boolean): void => {
    const due = left.filter(({ epoch }) => isDue(epoch));
    left = left.filter(({ epoch }) => !isDue(epoch));
    for (const { handle } of due) handle.unfreeze();
  };
  const frozenWeights = () => {
    const paths = new Set(left.flatMap(({ handle }) => handle.paths));
    return weights.filter(({ path }) => paths.has(path));
  };
  return stockCallback(
    {
      get epoch() {
        return begun;
      },
      get frozen() {
        return frozenWeights().map(({ path }) => path);
      },
      async onEpochBegin() {
        release((epoch) => epoch <= begun);
        begun++;
      },
      async verify() {
        const still = frozenWeights();
        const found = await Promise.all(left.map(({ handle }) => handle.verify()));
        const moved = new Map(found.flatMap((one) => one.moved.map((weight) => [weight.path, weight] as const)));
        return {
          weights: still.length,
          entries: still.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
          moved: still.flatMap(({ path }) => moved.get(path) ?? []),
        };
      },
      unfreeze() {
        release(() => true);
      },
    },
    fn,
    weights,
  );
}
