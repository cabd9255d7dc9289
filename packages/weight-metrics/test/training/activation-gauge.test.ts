import * as tf from '@tensorflow/tfjs';
import { capture } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { boundsOf } from '../../src/training/saturation.ts';
import { watch } from '../../src/training/watch.ts';
import { bitsOf, dataOf, netOf } from './train-helpers.ts';

const quiet = { verbose: 0, shuffle: false } as const;
const numbers = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;

describe('watch(model, { activations })', () => {
  it('has what the layers return for the batch of the last step, as capture gives it with the weights before that step', async () => {
    const model = netOf({ optimizer: tf.train.sgd(0) });
    const { x, y } = dataOf();
    const watcher = watch(model, { activations: ['hidden', model.layers[1]!] });
    await model.fit(x, y, { ...quiet, batchSize: 4, epochs: 1, validationData: [x, y], callbacks: watcher });
    const [start, epoch] = watcher.history.records;
    expect(start!.activations).toBeUndefined();
    const captured = capture(model, undefined, tf.slice(x, [8, 0], [2, 4]));
    for (const path of ['hidden', 'out']) {
      const values = await numbers(captured.calls.find((call) => call.path === path)!.outputs[0]!);
      const { mean, std, min, max } = moments(values);
      const got = epoch!.activations![path]!;
      expect(got).toMatchObject({ examples: 2, entries: values.length, nonFinite: 0, zeroShare: 0 });
      // The same operations on the same numbers, in a batch of the same size.
      expect([got.mean, got.std, got.min, got.max]).toEqual([mean, std, min, max]);
      const saturated = path === 'hidden' ? values.filter((a) => Math.abs(a) >= 0.97).length / values.length : null;
      expect(got.saturatedShare).toBe(saturated);
    }
    captured.dispose();
    expect(JSON.parse(JSON.stringify(watcher.history))).toEqual(watcher.history);
  });

  it('has the zeros of relu and the entries near the ends in closed form', async () => {
    const layers = [
      tf.layers.activation({ activation: 'relu', inputShape: [4], name: 'relu' }),
      tf.layers.activation({ activation: 'sigmoid', name: 'sigmoid' }),
      tf.layers.dense({ units: 1, name: 'out' }),
    ];
    const model = tf.sequential({ layers });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const watcher = watch(model, { activations: ['relu', 'sigmoid'] });
    await model.fit(tf.tensor2d([[-1, -2, 3, 9]]), tf.zeros([1, 1]), { ...quiet, epochs: 1, callbacks: watcher });
    const { relu, sigmoid } = watcher.history.records[1]!.activations!;
    expect(relu).toMatchObject({ mean: 3, min: 0, max: 9, zeroShare: 0.5, saturatedShare: null });
    // sigmoid(0) = 0.5, sigmoid(3) = 0.953, sigmoid(9) = 0.99988.
    expect(sigmoid).toMatchObject({ zeroShare: 0, saturatedShare: 0.25 });
  });

  it('counts NaN and infinity, and measures the rest', async () => {
    const model = netOf();
    const { y } = dataOf();
    const x = tf.tensor2d([[Number.NaN, 1, 1, 1], ...Array(9).fill([1, 1, 1, 1])]);
    const watcher = watch(model, { activations: ['hidden'] });
    await model.fit(x, y, { ...quiet, batchSize: 10, epochs: 1, callbacks: watcher });
    const { hidden } = watcher.history.records[1]!.activations!;
    expect(hidden).toMatchObject({ examples: 10, entries: 50, nonFinite: 5 });
    expect(Number.isFinite(hidden!.mean)).toBe(true);
    expect(JSON.parse(JSON.stringify(watcher.history))).toEqual(watcher.history);
  });

  it('reads the first examples of a large batch', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2 ** 16, inputShape: [1], name: 'wide' })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const watcher = watch(model, { filter: 'wide/bias', spectra: false, activations: ['wide'] });
    await model.fit(tf.ones([6, 1]), tf.zeros([6, 2 ** 16]), { ...quiet, epochs: 1, callbacks: watcher });
    expect(watcher.history.records[1]!.activations!.wide).toMatchObject({ examples: 4, entries: 2 ** 18 });
  });

  it('leaves the training as it is, bit for bit, the layers as they were, and no tensors', async () => {
    const { x, y } = dataOf();
    const [plain, watched] = [netOf({ dropout: true }), netOf({ dropout: true })];
    await plain.fit(x, y, { ...quiet, epochs: 3 });
    const activations = watched.layers.map(({ name }) => name);
    await watched.fit(x, y, { ...quiet, epochs: 3, callbacks: watch(watched, { activations }) });
    expect(await bitsOf(watched)).toEqual(await bitsOf(plain));
    for (const layer of watched.layers) expect(Object.hasOwn(layer, 'call')).toBe(false);
    const body = async () => {
      const watcher = watch(watched, { activations, every: { batches: 2 } });
      await watched.fit(x, y, { ...quiet, batchSize: 4, epochs: 2, validationData: [x, y], callbacks: watcher });
    };
    expect(await leakOf(body)).toEqual({ tensors: 0, variables: 0 });
    const broken = { onBatchEnd: () => Promise.reject(new Error('broken')) };
    // What stock leaves of a batch when a callback fails is its own.
    const leftBy = (callbacks: object[]) =>
      leakOf(async () => {
        await expect(watched.fit(x, y, { ...quiet, callbacks })).rejects.toThrow('broken');
        for (const callback of callbacks) (callback as { dispose?: () => void }).dispose?.();
      });
    expect(await leftBy([watch(watched, { activations }), broken])).toEqual(await leftBy([broken]));
    for (const layer of watched.layers) expect(Object.hasOwn(layer, 'call')).toBe(false);
  });

  it('refuses what is no list of layers of the model', () => {
    const model = netOf();
    expect(() => watch(model, { activations: ['nowhere'] })).toThrow(
      new RangeError('watch: activations must be in the model (there are hidden, out), got "nowhere"'),
    );
    expect(() => watch(model, { activations: 'hidden' as never })).toThrow(
      new TypeError('watch: activations must be a list of paths or layers, got "hidden"'),
    );
  });
});

describe('boundsOf', () => {
  const dense = (activation: string) => tf.layers.dense({ units: 1, activation: activation as 'tanh' });

  it('boundsOf(layer) is 1.5 % within the ends of the activation', () => {
    expect(boundsOf(dense('tanh'))).toEqual({ low: -0.97, high: 0.97 });
    expect(boundsOf(dense('softsign'))).toEqual({ low: -0.97, high: 0.97 });
    for (const name of ['sigmoid', 'hardSigmoid']) expect(boundsOf(dense(name))).toEqual({ low: 0.015, high: 0.985 });
    expect(boundsOf(dense('relu6'))).toEqual({ low: Number.NEGATIVE_INFINITY, high: 5.91 });
    expect(boundsOf(tf.layers.reLU({ maxValue: 2 }))).toEqual({ low: Number.NEGATIVE_INFINITY, high: 1.97 });
    expect(boundsOf(tf.layers.simpleRNN({ units: 1 }))).toEqual({ low: -0.97, high: 0.97 });
  });

  it('boundsOf(layer) is null where there are no ends', () => {
    for (const name of ['linear', 'relu', 'elu', 'softmax']) expect(boundsOf(dense(name))).toBeNull();
    expect(boundsOf(tf.layers.reLU())).toBeNull();
    expect(boundsOf(tf.layers.lstm({ units: 1 }))).toBeNull();
    expect(boundsOf(tf.layers.flatten())).toBeNull();
  });
});
