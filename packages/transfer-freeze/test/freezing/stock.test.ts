import * as tf from '@tensorflow/tfjs';
import { layersOf, weightsOf } from '@weightkit/core';
import { maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { freeze, releaseAfterEach } from './released.ts';

releaseAfterEach();

// What stock TensorFlow.js 4.22 does when layers are frozen by `trainable = false`, each beside what freeze does. Should a stock
// half fail after an update of TensorFlow.js, the update has repaired it.

const x = tf.randomNormal([8, 3], 5, 2, 'float32', 1);
const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2);
const compile = (m: tf.LayersModel, optimizer: tf.Optimizer = tf.train.sgd(0.01)): void =>
  m.compile({ optimizer, loss: 'meanSquaredError' });
const fit = (m: tf.LayersModel, epochs = 2) => m.fit(x, y, { epochs, batchSize: 4, shuffle: false, verbose: 0 });
const snapshot = (m: tf.LayersModel, path: string): Promise<Float32Array> => valuesOf(weightsOf(m, path)[0]!.read());

async function movement(m: tf.LayersModel, path: string, train: () => unknown): Promise<number> {
  const before = await snapshot(m, path);
  await train();
  return maxAbsDifference(await snapshot(m, path), before);
}

const dense = (units: number, name: string, more = {}) =>
  tf.layers.dense({
    units,
    name,
    kernelInitializer: tf.initializers.randomUniform({ minval: -0.7, maxval: 0.9, seed: name.charCodeAt(0) }),
    ...more,
  });
const normed = (more = {}): tf.Sequential =>
  tf.sequential({
    layers: [
      dense(3, 'first', { inputShape: [3] }),
      tf.layers.batchNormalization({ name: 'bn', ...more }),
      dense(1, 'last'),
    ],
  });
const two = (): tf.Sequential =>
  tf.sequential({ layers: [dense(3, 'a', { inputShape: [3] }), dense(3, 'b'), dense(1, 'c')] });
const nested = (): tf.Sequential =>
  tf.sequential({
    layers: [tf.sequential({ name: 'inner', layers: [dense(3, 'a', { inputShape: [3] })] }), dense(1, 'c')],
  });

const step = (m: tf.LayersModel, optimizer = tf.train.sgd(0.01)) =>
  optimizer.minimize(() => tf.losses.meanSquaredError(y, m.apply(x, { training: true }) as tf.Tensor) as tf.Scalar);

describe('stock freezing and freeze', () => {
  it('a frozen BatchNorm’s statistics move in stock fit; freeze holds them', async () => {
    const stock = normed();
    stock.getLayer('bn').trainable = false;
    compile(stock);
    expect(await movement(stock, 'bn/movingMean', () => fit(stock))).toBeGreaterThan(0.01);

    const ours = normed();
    const frozen = await freeze(ours, 'bn/**');
    compile(ours);
    await fit(ours);
    expect(await frozen.verify()).toEqual({ weights: 4, entries: 12, moved: [] });
  });

  it('BatchNorm with scale or center false throws in stock fit; frozen it trains around', async () => {
    for (const option of ['scale', 'center']) {
      const stock = normed({ [option]: false });
      compile(stock);
      await expect(fit(stock)).rejects.toThrow("reading 'read'");

      const ours = normed({ [option]: false });
      const frozen = await freeze(ours, 'bn/**');
      compile(ours);
      expect(await movement(ours, 'first/kernel', () => fit(ours))).toBeGreaterThan(0);
      expect((await frozen.verify()).moved).toEqual([]);
      expect(frozen.report().inference).toEqual(['bn']);
    }
  });

  it('getWeights changes its order in a stock freeze, so that setWeights swaps equal layers; freeze keeps it', async () => {
    const order = (m: tf.LayersModel) => m.weights.map(({ originalName }) => originalName);
    const equal = () => tf.sequential({ layers: [dense(3, 'a', { inputShape: [3] }), dense(3, 'b')] });
    const [stock, ours, target] = [equal(), equal(), equal()];
    stock.getLayer('a').trainable = false;
    target.setWeights(stock.getWeights());
    expect(maxAbsDifference(await snapshot(target, 'a/kernel'), await snapshot(stock, 'b/kernel'))).toBe(0);

    const before = order(ours);
    await freeze(ours, 'a/**');
    expect(order(ours)).toEqual(before);
    target.setWeights(ours.getWeights());
    for (const path of ['a/kernel', 'b/kernel'])
      expect(maxAbsDifference(await snapshot(target, path), await snapshot(ours, path))).toBe(0);
  });

  it('a nested model frozen by its flag moves in a stock minimize loop; freeze holds it', async () => {
    const stock = nested();
    (stock.layers[0] as tf.Sequential).trainable = false;
    compile(stock);
    expect(await movement(stock, 'inner/a/kernel', () => step(stock))).toBeGreaterThan(0);

    const ours = nested();
    const frozen = await freeze(ours, 'inner/**');
    compile(ours);
    expect(await movement(ours, 'c/kernel', () => step(ours))).toBeGreaterThan(0);
    expect((await frozen.verify()).moved).toEqual([]);
  });

  it('compile of a stock Sequential makes frozen variables trainable again; freeze holds them through it', async () => {
    const stock = two();
    stock.getLayer('a').trainable = false;
    compile(stock);
    expect(weightsOf(stock, 'a/kernel')[0]!.variable!.trainable).toBe(true);
    expect(await movement(stock, 'a/kernel', () => step(stock))).toBeGreaterThan(0);

    const ours = two();
    const frozen = await freeze(ours, 'a/**');
    compile(ours);
    step(ours);
    expect((await frozen.verify()).moved).toEqual([]);
  });

  it('freezing one layer and thawing another kills a stock fit without a recompile; freeze needs none', async () => {
    const { inputs, outputs } = two();
    const stock = tf.model({ inputs, outputs });
    const flag = (name: string, trainable: boolean) => {
      stock.getLayer(name).trainable = trainable;
    };
    flag('a', false);
    flag('c', false);
    compile(stock);
    flag('b', false);
    flag('c', true);
    await expect(fit(stock)).rejects.toThrow('to be trainable, but none of the');

    const ours = two();
    compile(ours);
    const first = await freeze(ours, ['a/**', 'c/**']);
    expect(await movement(ours, 'b/kernel', () => fit(ours))).toBeGreaterThan(0);
    const second = await freeze(ours, 'b/**');
    first.unfreeze();
    expect(await movement(ours, 'a/kernel', () => fit(ours))).toBeGreaterThan(0);
    expect((await second.verify()).moved).toEqual([]);
  });

  it('freeze leaves every layer’s own flags as they are', async () => {
    const m = nested();
    const flags = () => layersOf(m).map(({ layer }) => layer.trainable);
    const before = flags();
    const frozen = await freeze(m);
    expect(flags()).toEqual(before);
    frozen.unfreeze();
    expect(flags()).toEqual(before);
  });
});
