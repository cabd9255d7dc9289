import { checkNumber, checkOptions, checkPlainObject, checkType } from '@weightkit/numerics/check';
import type {
  ActivationRecord,
  PlainNumber,
  WatchHistory,
  WatchRecord,
  WeightRecord,
} from '../training/watch-history.ts';
import type { TensorboardEvent } from './event.ts';

/** Options of {@link historyEvents}. */
export interface HistoryEventsOptions {
  /** When each record was made, in seconds since 1970: a history does not hold it. @defaultValue now, for all of them */
  wallTime?: (record: WatchRecord) => number;
}

/** What is drawn over the steps for each weight, by the name of its group. */
const SCALARS: Record<string, (weight: WeightRecord) => PlainNumber | undefined> = {
  mean: ({ moments }) => moments.mean,
  std: ({ moments }) => moments.std,
  norm: ({ moments }) => moments.l2,
  update_ratio: ({ update }) => update?.relative,
  update_ratio_mean: ({ update }) => update?.meanRelative,
  update_ratio_max: ({ update }) => update?.maxRelative,
  gradient_norm: ({ gradient }) => gradient?.meanNorm,
  gradient_norm_max: ({ gradient }) => gradient?.maxNorm,
  gradient_std: ({ gradient }) => gradient?.std,
  distance_from_start: ({ fromStart }) => fromStart?.l2,
  condition_number: ({ spectra }) => spectra?.conditionNumber,
  spectral_norm: ({ spectra }) => spectra?.spectralNorm,
  stable_rank: ({ spectra }) => spectra?.stableRank,
};

/** What is drawn over the steps for each layer whose activations were recorded. */
const ACTIVATIONS: Record<string, (layer: ActivationRecord) => PlainNumber | null> = {
  activation_mean: ({ mean }) => mean,
  activation_std: ({ std }) => std,
  activation_zeros: ({ zeroShare }) => zeroShare,
  activation_saturated: ({ saturatedShare }) => saturatedShare,
};

/**
 * A watched training as events for TensorBoard: each loss and metric under its own name, the weights' histograms under
 * `weights/<path>`, and curves under `mean/`, `std/`, `norm/`, `update_ratio/` (of the last step), `update_ratio_mean/`,
 * `update_ratio_max/`, `gradient_norm/` (the mean), `gradient_norm_max/`, `gradient_std/`, `distance_from_start/`,
 * `condition_number/`, `spectral_norm/` and `stable_rank/`, and for layers `activation_mean/`, `activation_std/`, `activation_zeros/` and
 * `activation_saturated/`, of what was recorded. Steps are those of the
 * optimizer. What the history counts as NaN or infinite entries is under `non_finite/<path>` where there are any.
 *
 * @example
 * ```js
 * import * as tf from '@tensorflow/tfjs';
 * import { watch } from '@weightkit/weight-metrics';
 * import { eventFile, historyEvents } from '@weightkit/weight-metrics/tensorboard';
 *
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'out' })] });
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const watcher = watch(model);
 * await model.fit(tf.ones([8, 2]), tf.zeros([8, 1]), { epochs: 2, verbose: 0, callbacks: watcher });
 * const events = historyEvents(watcher.history);
 * console.log(events.filter(({ tag }) => tag === 'update_ratio/out/kernel').map(({ step }) => step)); // -> [ 1, 2 ]
 * const bytes = eventFile(events); // write them as runs/1/<eventFileName()>, then: tensorboard --logdir runs
 * ```
 *
 * @param history - of `watch`, or what JSON made of it
 * @param options - times
 * @returns events in the order of the records
 * @throws TypeError for what is no history
 */
export function historyEvents(history: WatchHistory, options: HistoryEventsOptions = {}): TensorboardEvent[] {
  const fn = 'historyEvents';
  checkOptions(fn, options, ['wallTime']);
  const now = Date.now() / 1000;
  const { wallTime = () => now } = options;
  checkType(typeof wallTime === 'function', `${fn}: wallTime must be a function`, wallTime);
  checkPlainObject(`${fn}: history must be one of watch`, history);
  checkPlainObject(`${fn}: weights of history must be those of watch`, history.weights);
  checkType(Array.isArray(history.records), `${fn}: records of history must be a list`, history.records);

  // Not the list's own flatMap, which passes over holes.
  return Array.from(history.records).flatMap((record, i) => {
    const what = `${fn}: records[${i}] of history must be a record of watch`;
    checkPlainObject(what, record);
    checkPlainObject(what, record.logs);
    checkPlainObject(what, record.weights);
    const time = wallTime(record);
    checkNumber(`${fn}: wallTime must give seconds since 1970`, time, (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
    const { step } = record;
    const scalar = (tag: string, value: PlainNumber): TensorboardEvent => ({
      tag,
      step,
      wallTime: time,
      scalar: Number(value),
    });
    const events = Object.entries(record.logs).map(([name, value]) => scalar(name, value));
    for (const [path, weight] of Object.entries(record.weights)) {
      checkPlainObject(what, weight);
      const { histogram, moments } = weight;
      const edges = history.weights[path]?.edges;
      if (histogram && edges && moments.count > 0) {
        const { counts, below, above } = histogram;
        const [min, max, mean, l2] = [moments.min, moments.max, moments.mean, moments.l2].map(Number) as [
          number,
          number,
          number,
          number,
        ];
        events.push({
          tag: `weights/${path}`,
          step,
          wallTime: time,
          histogram: { edges, counts, below, above, min, max, sum: mean * moments.count, sumSquares: l2 * l2 },
        });
      }
      for (const [group, read] of Object.entries(SCALARS)) {
        const value = read(weight);
        if (value !== undefined && value !== null) events.push(scalar(`${group}/${path}`, value));
      }
      if (moments.nonFinite > 0) events.push(scalar(`non_finite/${path}`, moments.nonFinite));
    }
    for (const [path, layer] of Object.entries(record.activations ?? {})) {
      if (layer === null) continue;
      checkPlainObject(what, layer);
      for (const [group, read] of Object.entries(ACTIVATIONS)) {
        const value = read(layer);
        if (value !== undefined && value !== null) events.push(scalar(`${group}/${path}`, value));
      }
    }
    return events;
  });
}
