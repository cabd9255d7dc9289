import type * as tf from '@tensorflow/tfjs-core';
import {
  checkModel,
  chosenLayers,
  type LayerLike,
  type StockCallback,
  stockCallback,
  weightsOf,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { type Follower, followOptimizer } from './follow-optimizer.ts';
import { makeRecorder } from './recorder.ts';
import { stepsPerEpoch } from './steps-per-epoch.ts';
import type { WatchHistory, WatchRecord } from './watch-history.ts';
import { planOf, type WatchOptions } from './watch-plan.ts';
import { givenStart } from './watched.ts';

/** A LayersModel, with the optimizer that `compile` gives it. */
export interface WatchedModel extends LayerLike {
  /** Its optimizer, there once it is compiled. */
  optimizer: tf.Optimizer;
}

/** What watching costs, by the clock, over all fits. */
export interface WatchCost {
  /** Milliseconds from the beginnings of training to its ends, or to now. */
  readonly training: number;
  /**
   * Those of them that training has waited for the watcher: its records, `onRecord` among them, and what it starts beside each step. On
   * backends that compute in the background, a record also waits for the steps that are under way.
   */
  readonly watching: number;
  /** `watching` over the rest of `training`; 0 before anything is trained. */
  readonly share: number;
}

/** A callback for `fit` and `fitDataset`, and what it has collected. */
export interface Watcher extends StockCallback {
  /** Plain data, growing from record to record. */
  readonly history: WatchHistory;
  /** What it has cost so far. It is not in the history, which is the same for the same training. */
  readonly cost: WatchCost;
  /**
   * Takes the first record and taps the optimizer. Of `params`, what TensorFlow.js tells of the training, `steps` of an epoch, or `samples`
   * and `batchSize`, say how long the first window will be.
   */
  onTrainBegin(logs?: Record<string, number>, params?: unknown): Promise<void>;
  /** Notes the epoch. */
  onEpochBegin(epoch: number): Promise<void>;
  /** Records. */
  onEpochEnd(epoch: number, logs?: Record<string, number>): Promise<void>;
  /** Records every n batches; not there when recording by epochs, so that `fit` need not download the loss of each batch. */
  onBatchEnd?(batch: number, logs?: Record<string, number>): Promise<void>;
  /** Lets go of the optimizer. */
  onTrainEnd(): Promise<void>;
  /** Lets go of the optimizer and of all tensors; the history stays. Needed only when `fit` has thrown. */
  dispose(): void;
}

/**
 * Watches the weights of a model and their gradients while it trains: pass the result to `fit` or `fitDataset` as a callback.
 * At the start and then every epoch or every n batches it records, for each weight, moments, a histogram on edges that
 * stay the same, singular values, the distance to the start and to the record before, the last update over the weight
 * (https://cs231n.github.io/neural-networks-3/#ratio holds about 1e-3 to be usual), ratios and gradient norms over the steps since the
 * record before, and statistics of the last gradient; with `activations` also what chosen layers returned. The weights are those that
 * layers compute with; `update` and `gradient` are of the raw variables under parametrizations.
 *
 * Between records nothing is downloaded and the training is the same, bit for bit, as without. The tap on the optimizer goes
 * at the end of training. When `fit` throws it does not call `onTrainEnd`: the tap and, per weight, one gradient and one
 * value stay until `dispose()` or until the next `fit` with this watcher begins. A later `fit` goes on with the same history:
 * steps count on, distances are still from the first start, and there is no second start record.
 *
 * The watcher may stand alone, among plain callbacks, or in a list behind an instance of tf.Callback:
 * `[tf.callbacks.earlyStopping(), watcher]`. tfjs takes what stands first for what all of the list are, so a list that begins
 * with a plain callback must not hold an instance: to stand first, take `watch` of `@weightkit/weight-metrics/layers`.
 * `watcher.cost` says what share of the time it took. In a loop of one's own call `onTrainBegin`, then `onBatchEnd` or `onEpochEnd`, and
 * `onTrainEnd`. With `every: { batches }` the hook for batches makes `fit` download each batch's loss. `yieldEvery` does not matter: hooks run
 * whatever it is.
 *
 * @example
 * const watcher = watch(model);
 * await model.fit(x, y, { epochs: 5, callbacks: watcher });
 * const rows = watcher.history.records.map((record) => record.weights['dense1/kernel'].histogram.counts);
 *
 * @param model - a built LayersModel; compile it before `fit`, not necessarily before this
 * @param options - when, what and of which weights
 * @returns the callback with its `history`
 * @throws TypeError or RangeError for bad options, and when the filter matches nothing; `fit` throws, before it trains, where the
 * model that it trains has none of the weights
 */
export function watch(model: WatchedModel, options: WatchOptions = {}): Watcher {
  const plan = planOf(options);
  checkModel('watch', model);
  const weights = weightsOf(model, plan.filter, 'watch');
  const layers = chosenLayers('watch', 'activations', model, plan.activations);
  const recorder = makeRecorder(weights, plan);
  for (const weight of weights) givenStart(weight, plan);
  const { history, now } = recorder;
  let follower: Follower | null = null;
  let followed: tf.Optimizer | null = null;
  let epochSteps = 0;
  const spent = { training: 0, watching: 0 };
  let begun: number | null = null;
  const trained = (): number => spent.training + (begun === null ? 0 : performance.now() - begun);
  const dispose = (): void => {
    follower?.stop();
    follower = null;
    spent.training = trained();
    begun = null;
  };
  const onStep = (milliseconds: number): void => {
    now.step++;
    spent.watching += milliseconds;
  };
  /** Follows the optimizer, another one where the model was compiled anew. */
  const follow = (): void => {
    const optimizer = plan.optimizer ?? model.optimizer;
    if (follower && optimizer === followed) return;
    checkRange(Boolean(optimizer), 'watch: model must be compiled before it is trained, or optimizer given', optimizer);
    follower?.stop();
    const variables = weights.map((weight) => weight.variable!);
    const { gradients, samples } = plan;
    const expected = plan.batches ?? epochSteps;
    follower = followOptimizer(optimizer, variables, { gradients, samples, expected, layers, onStep });
    followed = optimizer;
  };
  const record = async (at: WatchRecord['at'], logs: Record<string, number> = {}): Promise<void> => {
    const begin = performance.now();
    try {
      await plan.onRecord(await recorder.record(at, logs, follower));
    } catch (error) {
      dispose();
      throw error;
    } finally {
      spent.watching += performance.now() - begin;
    }
  };
  const due = (steps: number): boolean => follower !== null && now.step - recorder.lastStep() >= steps;

  const hooks: Omit<Watcher, keyof StockCallback> = {
    history,
    // An object with getters: an instance of tf.Callback copies the properties of this one.
    cost: {
      get training() {
        return trained();
      },
      get watching() {
        return spent.watching;
      },
      get share() {
        const rest = trained() - spent.watching;
        return rest > 0 ? spent.watching / rest : 0;
      },
    },
    async onTrainBegin(_logs, params) {
      dispose();
      epochSteps = stepsPerEpoch(params);
      begun = performance.now();
      if (history.records.length === 0) await record('start');
      else await recorder.goOn();
      follow();
    },
    async onEpochBegin(epoch) {
      now.epoch = epoch;
      if (follower) follow();
    },
    async onEpochEnd(_, logs) {
      if (plan.batches === null && due(0)) await record('epoch', logs);
      if (follower) follow();
    },
    async onTrainEnd() {
      if (plan.batches !== null && due(1)) await record('end');
      dispose();
    },
    dispose,
  };
  const { batches } = plan;
  if (batches !== null)
    hooks.onBatchEnd = async (_, logs) => {
      if (due(batches)) await record('batches', logs);
      if (follower) follow();
    };
  return stockCallback(hooks, 'watch', weights);
}
