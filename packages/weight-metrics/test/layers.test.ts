import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { watch as watchInstance } from '../src/layers.ts';
import { watch } from '../src/training/watch.ts';
import { dataOf, netOf } from './training/train-helpers.ts';

const stop = () => tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 });
const custom = () => new tf.CustomCallback({ onBatchEnd: async () => {} });

/** Where a watcher may stand. */
const LISTS: Record<string, (plain: tf.CustomCallbackArgs, instance: tf.Callback) => unknown> = {
  '[early stopping, watcher]': (plain) => [stop(), plain],
  '[tf.CustomCallback, watcher, early stopping]': (plain) => [custom(), plain, stop()],
  '[watcher, args]': (plain) => [plain, { onEpochEnd: async () => {} }],
  '[args, watcher]': (plain) => [{ onBatchEnd: async () => {} }, plain],
  'an instance alone': (_, instance) => instance,
  '[instance, early stopping]': (_, instance) => [instance, stop()],
  '[early stopping, instance, tf.CustomCallback]': (_, instance) => [stop(), instance, custom()],
};

async function historyOf(list: (typeof LISTS)[string], dataset: boolean) {
  const model = netOf();
  const { x, y } = dataOf();
  const [plain, instance] = [watch(model), watchInstance(model)];
  const callbacks = list(plain, instance) as tf.CustomCallbackArgs[];
  if (dataset) {
    const data = tf.data.zip({ xs: tf.data.array(await x.array()), ys: tf.data.array(await y.array()) }).batch(4);
    await model.fitDataset(data as tf.data.Dataset<tf.TensorContainer>, { epochs: 2, verbose: 0, callbacks });
  } else await model.fit(x, y, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0, callbacks });
  const { history } = plain.history.records.length > 0 ? plain : instance;
  expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
  tf.dispose([x, y]);
  return JSON.parse(JSON.stringify(history)) as typeof history;
}

describe('watch beside other callbacks', () => {
  for (const dataset of [false, true])
    it.each(Object.entries(LISTS))(
      `${dataset ? 'fitDataset' : 'fit'}, %s: the history is that of a watcher alone, with the loss as a number`,
      async (_, list) => {
        const expected = await historyOf((plain) => plain, dataset);
        const found = await historyOf(list, dataset);
        expect(found).toEqual(expected);
        expect(typeof found.records.at(-1)!.logs.loss).toBe('number');
      },
    );

  it.each([
    ['early stopping', stop],
    ['a tf.CustomCallback', custom],
  ])('the plain watcher before %s is refused by name before training', async (_, instance) => {
    await expect(historyOf((plain) => [plain, instance()], false)).rejects.toThrow(
      'watch: callbacks must begin with an instance of tf.Callback when there is one among them',
    );
  });

  it.each([
    ['plain', watch],
    ['an instance', watchInstance],
  ])('a watcher of another model, %s, is refused before training, and records nothing', async (_, make) => {
    const [model, other] = [netOf(), netOf()];
    const { x, y } = dataOf();
    const watcher = make(other);
    await expect(model.fit(x, y, { verbose: 0, callbacks: watcher as tf.CustomCallbackArgs })).rejects.toThrow(
      'watch: fit must train the model of hidden/kernel, a part of it or one that shares weights with it',
    );
    expect(watcher.history.records).toEqual([]);
    tf.dispose([x, y]);
  });

  it('two plain watchers record the same, and leave stock as it was', async () => {
    const before = tf.CustomCallback.prototype.onTrainBegin;
    const model = netOf();
    const { x, y } = dataOf();
    const watchers = [watch(model), watch(model)];
    const callbacks = watchers as tf.CustomCallbackArgs[];
    await model.fit(x, y, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0, callbacks });
    expect(watchers[0]!.history).toEqual(watchers[1]!.history);
    await new Promise((done) => setTimeout(done, 0));
    expect(tf.CustomCallback.prototype.onTrainBegin).toBe(before);
    tf.dispose([x, y]);
  });

  it('two watchers, one of each kind, record the same', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const [plain, instance] = [watch(model), watchInstance(model)];
    const callbacks = [instance, plain] as tf.CustomCallbackArgs[];
    await model.fit(x, y, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0, callbacks });
    expect(plain.history).toEqual(instance.history);
    expect(plain.history.records.length).toBe(3);
    tf.dispose([x, y]);
  });

  it('watch of /layers checks its arguments as watch does', () => {
    expect(() => watchInstance(netOf(), { every: 'day' } as object)).toThrow('watch: every must be');
  });
});
