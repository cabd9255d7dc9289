import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { gradualUnfreeze } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2);
const NAMES = ['one', 'two', 'head'];
const quiet = { batchSize: 4, shuffle: false, verbose: 0 } as const;

function net(optimizer: () => tf.Optimizer = () => tf.train.sgd(0.1)): tf.Sequential {
  const layers = NAMES.map((name, i) =>
    tf.layers.dense({
      name,
      units: name === 'head' ? 1 : 4,
      inputShape: [i === 0 ? 3 : 4],
      activation: name === 'head' ? 'linear' : 'tanh',
      kernelInitializer: tf.initializers.randomNormal({ stddev: 0.6, seed: i + 1 }),
    }),
  );
  const model = tf.sequential({ layers });
  model.compile({ optimizer: optimizer(), loss: 'meanSquaredError' });
  return model;
}

const valuesIn = async (model: tf.LayersModel) => {
  const weights = weightsOf(model);
  return Promise.all(weights.map(async ({ path, read }) => [path, [...(await valuesOf(read()))]] as const));
};

describe('gradualUnfreeze', () => {
  const stages = [
    { filter: 'one/*', epoch: 3 },
    { filter: 'two/*', epoch: 1 },
  ];

  it('trains as stock does whose layers are made trainable by a flag and a recompile, bit for bit', async () => {
    const ours = net();
    const callback = await gradualUnfreeze(ours, stages);
    await ours.fit(x, y, { ...quiet, epochs: 4, callbacks: callback });
    const stock = net();
    for (let epoch = 0; epoch < 4; epoch++) {
      const trainable: Record<string, boolean> = { one: epoch >= 3, two: epoch >= 1, head: true };
      for (const layer of stock.layers) layer.trainable = trainable[layer.name]!;
      stock.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      await stock.fit(x, y, { ...quiet, epochs: 1 });
    }
    expect(await valuesIn(ours)).toEqual(await valuesIn(stock));
    expect([callback.epoch, callback.frozen]).toEqual([4, []]);
    for (const model of [ours, stock]) model.dispose();
  });

  it('counts epochs over fits, and says what stands still', async () => {
    const model = net(() => tf.train.adam(0.05));
    const callback = await gradualUnfreeze(model, stages);
    const before = new Map(await valuesIn(model));
    const movedNow = async () =>
      (await valuesIn(model)).flatMap(([path, values]) =>
        values.some((value, i) => value !== before.get(path)![i]) ? [path] : [],
      );
    const body = ['one/kernel', 'one/bias', 'two/kernel', 'two/bias'];
    expect(callback.frozen).toEqual(body);
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: callback });
    expect(await movedNow()).toEqual(['head/kernel', 'head/bias']);
    expect(await callback.verify()).toEqual({ weights: 4, entries: 36, moved: [] });
    await model.fit(x, y, {
      ...quiet,
      epochs: 2,
      callbacks: [tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 }), callback as never],
    });
    expect([callback.epoch, callback.frozen]).toEqual([3, body.slice(0, 2)]);
    expect(await movedNow()).toEqual(['two/kernel', 'two/bias', 'head/kernel', 'head/bias']);
    const [kernel] = weightsOf(model, 'one/kernel');
    const other = tf.zeros([3, 4]);
    kernel!.write(other);
    expect((await callback.verify()).moved.map(({ path }) => path)).toEqual(['one/kernel']);
    callback.unfreeze();
    expect([callback.frozen, (await callback.verify()).weights]).toEqual([[], 0]);
    other.dispose();
    model.dispose();
  });

  it('weights of two stages stand still until the later one; a loop awaits onEpochBegin', async () => {
    const model = net();
    const callback = await gradualUnfreeze(model, [
      { filter: ['one/*', 'two/*'], epoch: 1 },
      { filter: 'one/kernel', epoch: 2 },
    ]);
    await callback.onEpochBegin();
    expect(callback.frozen).toHaveLength(4);
    await callback.onEpochBegin();
    expect(callback.frozen).toEqual(['one/kernel']);
    await callback.onEpochBegin();
    expect(callback.frozen).toEqual([]);
    model.dispose();
  });

  it('freezes nothing where a stage cannot be', async () => {
    const model = net();
    const bad = [...stages, { filter: 'none/*', epoch: 1 }];
    await expect(gradualUnfreeze(model, bad)).rejects.toThrow('gradualUnfreeze: filter must match a weight');
    await expect(gradualUnfreeze(model, [{ filter: '**', epoch: 0 }])).rejects.toThrow('epoch must be');
    await expect(gradualUnfreeze(model, [])).rejects.toThrow('gradualUnfreeze: stages must have one or more, got 0');
    const before = await valuesIn(model);
    await model.fit(x, y, { ...quiet, epochs: 1 });
    const after = await valuesIn(model);
    for (const [i, [, values]] of after.entries()) expect(values).not.toEqual(before[i]![1]);
    model.dispose();
  });

  it('keeps no tensors', async () => {
    const model = net();
    const leak = await leakOf(async () => {
      const callback = await gradualUnfreeze(model, stages);
      await model.fit(x, y, { ...quiet, epochs: 2, callbacks: callback });
      callback.unfreeze();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });
});
