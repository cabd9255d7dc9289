import { Callback } from '@tensorflow/tfjs-layers';
import { callbackInstance } from '@weightkit/core';
import { type WatchedModel, type Watcher, watch as watchPlainly } from './training/watch.ts';
import type { WatchOptions } from './training/watch-plan.ts';

/**
 * `watch` of `@weightkit/weight-metrics` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { watch } from '@weightkit/weight-metrics/layers';
 *
 * const watcher = watch(model);
 * await model.fit(x, y, { callbacks: [watcher, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 *
 * @param model - a built LayersModel
 * @param options - when, what and of which weights
 * @returns the callback with its `history`
 * @throws TypeError or RangeError for bad options, and when the filter matches nothing
 */
export function watch(model: WatchedModel, options: WatchOptions = {}): Watcher & Callback {
  return callbackInstance(WatchCallback, watchPlainly(model, options));
}

class WatchCallback extends Callback {}
