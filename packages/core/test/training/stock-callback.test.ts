import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { callbackInstance, stockCallback } from '../../src/index.ts';

class Instance extends tf.Callback {}

/** Hooks that write down what they are called with. */
const hooksOf = (log: unknown[]) => ({
  async onEpochEnd(epoch: number, logs?: Record<string, unknown>) {
    log.push([epoch, typeof logs?.loss]);
  },
  async onTrainEnd() {
    log.push('end');
  },
});
const plain = (log: unknown[]) => stockCallback(hooksOf(log));
const instance = (log: unknown[]) => callbackInstance(Instance, plain(log));

const stop = () => tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 });
const custom = () => new tf.CustomCallback({ onEpochEnd: async () => {} });
const args = () => ({ onBatchEnd: async () => {} });
const own = () => new (class extends tf.Callback {})();

type Callbacks = tf.CustomCallbackArgs | tf.CustomCallbackArgs[];
/** Every order that TensorFlow.js can take: plain ones among plain ones, or anything of ours behind an instance. */
const LISTS: Record<string, (log: unknown[]) => unknown> = {
  'plain alone': plain,
  'plain in a list': (log) => [plain(log)],
  'plain, plain': (log) => [plain([]), plain(log)],
  'plain, args': (log) => [plain(log), args()],
  'args, plain': (log) => [args(), plain(log)],
  'early stopping, plain': (log) => [stop(), plain(log)],
  'tf.CustomCallback, plain': (log) => [custom(), plain(log)],
  'tf.Callback, plain': (log) => [own(), plain(log)],
  'early stopping, plain, tf.CustomCallback, plain': (log) => [stop(), plain([]), custom(), plain(log)],
  'instance alone': instance,
  'instance in a list': (log) => [instance(log)],
  'instance, early stopping': (log) => [instance(log), stop()],
  'early stopping, instance': (log) => [stop(), instance(log)],
  'instance, tf.CustomCallback': (log) => [instance(log), custom()],
  'instance, tf.Callback, plain': (log) => [instance([]), own(), plain(log)],
  'instance, instance': (log) => [instance([]), instance(log)],
};

const ROWS = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const train = {
  fit: async (model: tf.LayersModel, callbacks: Callbacks) => {
    const [x, y] = [tf.tensor2d(ROWS), tf.ones([3, 1])];
    await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks });
    tf.dispose([x, y]);
  },
  fitDataset: async (model: tf.LayersModel, callbacks: Callbacks) => {
    const data = tf.data.zip({ xs: tf.data.array(ROWS), ys: tf.data.array([[1], [1], [1]]) }).batch(2);
    await model.fitDataset(data as tf.data.Dataset<tf.TensorContainer>, { epochs: 2, verbose: 0, callbacks });
  },
};

async function withNet(body: (model: tf.LayersModel) => Promise<void>): Promise<void> {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
  await body(model);
  model.dispose();
}

describe('stockCallback and callbackInstance', () => {
  for (const [how, run] of Object.entries(train))
    test.each(Object.entries(LISTS))(`${how}, %s: every hook is called, with numbers in the logs`, async (_, list) => {
      await withNet(async (model) => {
        const log: unknown[] = [];
        await run(model, list(log) as Callbacks);
        expect(log).toEqual([[0, 'number'], [1, 'number'], 'end']);
      });
    });

  test('the hooks that a callback does without are there in a list of instances only', async () => {
    await withNet(async (model) => {
      const callback = plain([]);
      const hooks = () =>
        Object.keys(callback)
          .filter((name) => name.startsWith('on'))
          .sort();
      const before = hooks();
      expect(before).toEqual(['onEpochEnd', 'onTrainBegin', 'onTrainEnd']);
      let during: string[] = [];
      const watching = new tf.CustomCallback({
        onBatchEnd: async () => {
          during = hooks();
        },
      });
      await train.fit(model, [watching, callback]);
      expect(during.length).toBe(6);
      expect(hooks()).toEqual(before);
    });
  });

  test('stockCallback(callback) is the object itself, getters and all', () => {
    let step = 0;
    const callback = {
      get step() {
        return step;
      },
    };
    const stock = stockCallback(callback);
    expect(stock).toBe(callback);
    const twin = callbackInstance(Instance, stock);
    step = 3;
    expect([stock.step, twin.step]).toEqual([3, 3]);
    expect(twin).toBeInstanceOf(tf.Callback);
  });
});
