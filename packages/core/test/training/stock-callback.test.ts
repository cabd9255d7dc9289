import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { callbackInstance, stockCallback, weightsOf } from '../../src/index.ts';

class Instance extends tf.Callback {}

/** Hooks that write down what they are called with. */
const hooksOf = (log: unknown[]) => ({
  async onTrainBegin(_logs?: unknown, params?: unknown) {
    log.push(params);
  },
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
    test.each(Object.entries(LISTS))(
      `${how}, %s: every hook is called, told of the training, with numbers in the logs`,
      async (_, list) => {
        await withNet(async (model) => {
          const log: unknown[] = [];
          await run(model, list(log) as Callbacks);
          const length = how === 'fit' ? { samples: 3, batchSize: 2 } : { samples: null, steps: 2 };
          expect(log).toEqual([expect.objectContaining({ epochs: 2, ...length }), [0, 'number'], [1, 'number'], 'end']);
        });
      },
    );

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

  const dense = (name: string) => tf.layers.dense({ units: 1, inputShape: [2], name });
  const of = (weighed: tf.LayersModel | tf.layers.Layer) => stockCallback({}, 'mine', weightsOf(weighed));
  const FORMS: Record<string, (weighed: tf.LayersModel | tf.layers.Layer) => unknown> = {
    'plain alone': of,
    'args, plain': (weighed) => [args(), of(weighed)],
    'early stopping, plain': (weighed) => [stop(), of(weighed)],
    'instance alone': (weighed) => callbackInstance(Instance, of(weighed)),
    'instance, early stopping': (weighed) => [callbackInstance(Instance, of(weighed)), stop()],
  };
  for (const [how, run] of Object.entries(train))
    test.each(Object.entries(FORMS))(
      `${how}, %s: weights of another model are refused before training`,
      async (_, form) => {
        await withNet(async (model) => {
          const other = tf.sequential({ layers: [dense('elsewhere')] });
          const before = model.getWeights()[0]!.dataSync().slice();
          await expect(run(model, form(other) as Callbacks)).rejects.toThrow(
            `mine: fit must train the model of elsewhere/kernel, a part of it or one that shares weights with it, got that of ${model.layers[0]!.name}/kernel`,
          );
          expect(model.getWeights()[0]!.dataSync()).toEqual(before);
          expect(Object.keys(Object.prototype)).toEqual([]);
          expect('nowFunc' in {} || 'setParams' in {}).toBe(false);
          await run(model, form(model) as Callbacks);
          other.dispose();
        });
      },
    );

  test.each(Object.entries(FORMS))(
    '%s: a nested model, a layer and a model that shares one are of the model',
    async (_, form) => {
      const encoder = tf.sequential({ layers: [dense('inner')] });
      const head = tf.layers.dense({ units: 1, name: 'head' });
      const model = tf.sequential({ layers: [encoder, head] });
      const sharing = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'first' }), head] });
      model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      for (const weighed of [model, encoder, head, sharing]) await train.fit(model, form(weighed) as Callbacks);
      model.dispose();
      sharing.dispose();
    },
  );

  test('a loop of another kind calls the hooks of any model', async () => {
    const other = tf.sequential({ layers: [dense('alone')] });
    const log: unknown[] = [];
    const callback = stockCallback(hooksOf(log), 'mine', weightsOf(other)) as ReturnType<typeof hooksOf>;
    await callback.onEpochEnd(3, { loss: 1 });
    await callback.onTrainEnd();
    expect(log).toEqual([[3, 'number'], 'end']);
    other.dispose();
  });

  for (const [how, run] of Object.entries(train))
    test.each([
      ['instance', instance],
      ['early stopping, plain', (log: unknown[]) => [stop(), plain(log)]],
    ])(`${how}, %s, args: a plain callback behind an instance is refused by name`, async (_, first) => {
      await withNet(async (model) => {
        const list = [first([]), args()].flat();
        await expect(run(model, list as Callbacks)).rejects.toThrow(
          'stockCallback: callbacks must all be instances of tf.Callback when the first is one',
        );
        expect('setParams' in {}).toBe(false);
      });
    });
});
