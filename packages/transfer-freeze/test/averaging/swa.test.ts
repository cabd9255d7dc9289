import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { reestimateBatchNorm, swa } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/swa.json' with { type: 'json' };
import { read } from '../net.ts';
import { spread } from '../spread.ts';

const SHAPES: Record<string, [number, number, number]> = { one: [3, 4, 5], two: [4, 3, 7], head: [3, 1, 2] };

/** `Normalized` of golden/transfer_freeze_averaging.py, compiled. */
function normalized(): tf.Sequential {
  const dense = (name: string) => tf.layers.dense({ name, units: SHAPES[name]![1], inputShape: [SHAPES[name]![0]] });
  const tanh = () => tf.layers.activation({ activation: 'tanh' });
  const norm = (name: string) => tf.layers.batchNormalization({ epsilon: 1e-3, name });
  const model = tf.sequential({
    layers: [dense('one'), norm('norm'), tanh(), dense('two'), norm('last'), tanh(), dense('head')],
  });
  for (const [name, [rows, cols, stride]] of Object.entries(SHAPES))
    tf.tidy(() => weightsOf(model, `${name}/kernel`)[0]!.write(tf.tensor2d(spread(rows * cols, stride), [rows, cols])));
  model.compile({ optimizer: tf.train.sgd(0.125), loss: 'meanSquaredError' });
  return model;
}

const x = tf.tensor2d(spread(36, 7), [12, 3]);
const y = tf.tensor2d(spread(12, 5), [12, 1]);
const whole = { batchSize: 12, shuffle: false, verbose: 0 } as const;
const valuesIn = (model: tf.LayersModel) => Promise.all(weightsOf(model).map(({ variable }) => read(variable!)));

describe('swa', () => {
  it.each(golden.cases)('averages and estimates statistics as torch does, from $start by $every', async (expected) => {
    const model = normalized();
    const average = swa(model, { start: expected.start, every: expected.every });
    await model.fit(x, y, { ...whole, epochs: 2, callbacks: average });
    await model.fit(x, y, {
      ...whole,
      epochs: expected.epochs - 2,
      callbacks: [tf.callbacks.earlyStopping({ monitor: 'loss', patience: 99 }), average as never],
    });
    expect(average.epoch).toBe(expected.epochs);
    expect(average.count).toBe(Math.ceil((expected.epochs - expected.start) / expected.every));
    const trained = await valuesIn(model);
    await average.swapIn();
    const { layers, batches } = await reestimateBatchNorm(model, x, { batchSize: expected.batch });
    expect([layers.map(({ path }) => path), batches]).toEqual([['norm', 'last'], 12 / expected.batch]);
    // Six steps at a rate of 1/8, of gradients of some 100 roundings of numbers up to 4, and twice that behind two normalizations.
    const tolerance = 6 * 100 * 2 * 2 ** -24;
    for (const { path, variable } of weightsOf(model)) {
      const wanted = (expected.weights as Record<string, number[]>)[path]!;
      expect(maxAbsDifference(await read(variable!), wanted), path).toBeLessThan(tolerance);
    }
    const out = model.predict(x) as tf.Tensor;
    expect(maxAbsDifference(await read(out), expected.out)).toBeLessThan(tolerance);
    average.restore();
    expect(await valuesIn(model)).toEqual(trained);
    average.dispose();
    out.dispose();
    model.dispose();
  });

  it('changes nothing of the training, and goes on from a file as if it had never stopped', async () => {
    const [plain, model] = [normalized(), normalized()];
    await plain.fit(x, y, { ...whole, epochs: 4 });
    const first = swa(model, { start: 1 });
    await model.fit(x, y, { ...whole, epochs: 2, callbacks: first });
    const second = swa(model, { start: 1 });
    await second.load(await first.toCheckpoint());
    expect([second.epoch, second.count]).toEqual([2, 1]);
    await model.fit(x, y, { ...whole, epochs: 2, callbacks: [second, first] });
    expect(await valuesIn(model)).toEqual(await valuesIn(plain));
    await first.swapIn();
    const values = await valuesIn(model);
    first.restore();
    await second.swapIn();
    expect(await valuesIn(model)).toEqual(values);
    for (const one of [first, second]) one.dispose();
    for (const one of [plain, model]) one.dispose();
  });

  it('refuses to train the averages, and files that are none', async () => {
    const model = normalized();
    const average = swa(model);
    await expect(average.swapIn()).rejects.toThrow('swapIn: averages must have a step behind them');
    await average.onEpochEnd();
    const file = await average.toCheckpoint();
    await average.swapIn();
    const before = await valuesIn(model);
    await expect(model.fit(x, y, { ...whole, epochs: 1, callbacks: average })).rejects.toThrow(
      'swa: averages must not be in the model, got them there; call restore first',
    );
    expect(await valuesIn(model)).toEqual(before);
    average.restore();
    for (const metadata of [{}, { epoch: '0', count: '1' }, { epoch: '2', count: '0' }, { epoch: 2, count: 1 }])
      await expect(average.load({ ...file, extras: { metadata: metadata as never } })).rejects.toThrow(
        'load: checkpoint must have the epochs of an average in its metadata',
      );
    average.dispose();
    await expect(average.onEpochEnd()).rejects.toThrow('swa: averages must be there, got some that were disposed');
    model.dispose();
  });

  it('leaks nothing', async () => {
    const model = normalized();
    await model.fit(x, y, { ...whole, epochs: 1 });
    const leak = await leakOf(async () => {
      const average = swa(model);
      await model.fit(x, y, { ...whole, epochs: 2, callbacks: average });
      await average.swapIn();
      await reestimateBatchNorm(model, x);
      average.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });
});
