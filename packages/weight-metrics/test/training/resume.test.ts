import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../src/comparison/snapshot.ts';
import { watch } from '../../src/training/watch.ts';
import { dataOf, netOf } from './train-helpers.ts';

const quiet = { verbose: 0, shuffle: false, batchSize: 4 } as const;

/** A history of two epochs, by way of JSON, and the same model trained on by the one that goes on and by the one that made it. */
async function interrupted() {
  const model = netOf();
  const { x, y } = dataOf();
  const start = await snapshot(model, { filter: '*/kernel' });
  const watcher = watch(model);
  await model.fit(x, y, { ...quiet, epochs: 2, callbacks: watcher });
  const json = JSON.stringify(watcher.history);
  return { model, x, y, start, watcher, json, history: JSON.parse(json) as typeof watcher.history };
}

describe('watch(model, { resume })', () => {
  it('goes on with a history from JSON as the watcher that made it does', async () => {
    const { model, x, y, start, watcher, json, history } = await interrupted();
    const again = watch(model, { resume: history, start });
    expect(again.history).toEqual(watcher.history);
    await model.fit(x, y, { ...quiet, initialEpoch: 2, epochs: 4, callbacks: [watcher, again] });
    expect(again.history).toEqual(watcher.history);
    expect(again.history.records.map(({ step, epoch, at }) => [step, epoch, at])).toEqual([
      [0, -1, 'start'],
      [3, 0, 'epoch'],
      [6, 1, 'epoch'],
      [9, 2, 'epoch'],
      [12, 3, 'epoch'],
    ]);
    // What was given is as it was.
    expect(JSON.stringify(history)).toBe(json);
  });

  it('without start does not know fromStart, and without the weights of the last record not fromPrevious', async () => {
    const { model, x, y, history } = await interrupted();
    weightsOf(model, 'hidden/kernel')[0]!.write(tf.ones([4, 5]));
    const again = watch(model, { resume: history });
    await model.fit(x, y, { ...quiet, epochs: 2, callbacks: again });
    const [third, fourth] = again.history.records.slice(3).map(({ weights }) => weights);
    expect(third!['hidden/kernel']).toMatchObject({ fromStart: null, fromPrevious: null, update: { steps: 3 } });
    expect(third!['out/kernel']).toMatchObject({ fromStart: null, fromPrevious: { l2: expect.any(Number) } });
    expect(fourth!['hidden/kernel']).toMatchObject({ fromStart: null, fromPrevious: { l2: expect.any(Number) } });
    expect(third!['hidden/kernel']!.histogram!.counts).toHaveLength(64);
  });

  it('takes histories cut short: without records it starts, with fewer it goes on from the last', async () => {
    const { model, x, y, history } = await interrupted();
    const empty = watch(model, { resume: { weights: history.weights, records: [] } });
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: empty });
    expect(empty.history.records.map(({ step, at }) => [step, at])).toEqual([
      [0, 'start'],
      [3, 'epoch'],
    ]);
    const short = watch(model, { resume: { ...history, records: history.records.slice(0, 2) } });
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: short });
    expect(short.history.records.map(({ step }) => step)).toEqual([0, 3, 6]);
    expect(short.history.records[2]!.weights['out/kernel']!.fromPrevious).toBeNull();
  });

  it('refuses what is no history of the weights, and a start without them', async () => {
    const { model, history, start } = await interrupted();
    const refused = (resume: unknown) => () => watch(model, { resume: resume as never });
    for (const bad of [null, [], 5, 'x']) expect(refused(bad)).toThrow('watch: resume must be a history of watch, got');
    expect(refused({ ...history, records: {} })).toThrow('watch: resume must be a history of watch, with records');
    expect(refused({ ...history, records: [1] })).toThrow(
      'watch: resume must be a history of watch: records[0] must be a record, got 1',
    );
    expect(refused({ ...history, records: [{ weights: {} }] })).toThrow(
      'watch: resume must be a history of watch: records[0] must have step and epoch',
    );
    expect(() => watch(model, { resume: history, filter: () => true })).toThrow(
      new RangeError(
        'watch: resume must be a history of the watched weights, with hidden/bias of shape [5], got ["hidden/kernel", "out/kernel"]',
      ),
    );
    expect(() => watch(model, { resume: history, filter: 'out/kernel' })).toThrow(
      'watch: resume must be a history of the watched weights alone, got ["hidden/kernel", "out/kernel"]',
    );
    const edges = { ...history.weights, 'out/kernel': { ...history.weights['out/kernel']!, edges: [1, 'x'] } };
    expect(refused({ ...history, weights: edges })).toThrow(
      'watch: resume must have the edges of out/kernel, or null, got [1, "x"]',
    );
    expect(() => watch(model, { filter: () => true, start })).toThrow(
      'watch: start must have 5 values of hidden/bias, got',
    );
    expect(() => watch(model, { start: {} as never })).toThrow('watch: start must be a snapshot, got {}');
  });
});

describe("watch in loops of one's own", () => {
  it('has with trainOnBatch and its hooks called by hand the records that fit gives', async () => {
    const { x, y } = dataOf();
    const [fitted, looped] = [netOf(), netOf()];
    const [own, byHand] = [watch(fitted), watch(looped)];
    await fitted.fit(x, y, { ...quiet, epochs: 2, callbacks: own });
    await byHand.onTrainBegin();
    for (let epoch = 0; epoch < 2; epoch++) {
      await byHand.onEpochBegin(epoch);
      for (const [from, size] of [
        [0, 4],
        [4, 4],
        [8, 2],
      ] as const) {
        const batch = [x, y].map((all) => tf.slice(all, [from, 0], [size, -1])) as [tf.Tensor, tf.Tensor];
        await looped.trainOnBatch(...batch);
      }
      await byHand.onEpochEnd(epoch);
    }
    await byHand.onTrainEnd();
    const weights = (watcher: typeof own) => watcher.history.records.map((record) => ({ ...record, logs: {} }));
    expect(weights(byHand)).toEqual(weights(own));
  });

  it('follows an optimizer of the loop, of a model that is not compiled', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [2], useBias: false, name: 'out' })],
    });
    weightsOf(model)[0]!.write(tf.tensor2d([[3], [4]]));
    const optimizer = tf.train.sgd(1);
    const watcher = watch(model, { optimizer, every: { batches: 2 }, activations: ['out'] });
    const run = async () => {
      await watcher.onTrainBegin();
      for (let i = 0; i < 2; i++) {
        // The gradient of 0.5 (w0 + w1) is 0.5 for each.
        optimizer.minimize(() => tf.mul(tf.sum(model.predict(tf.ones([1, 2])) as tf.Tensor), 0.5) as tf.Scalar);
        await watcher.onBatchEnd!(i, { loss: i });
      }
      await watcher.onTrainEnd();
    };
    await run();
    const [, record] = watcher.history.records;
    expect(record).toMatchObject({ step: 2, at: 'batches', logs: { loss: 1 } });
    const { update, gradient } = record!.weights['out/kernel']!;
    expect(gradient).toMatchObject({ steps: 2, meanNorm: expect.closeTo(Math.SQRT1_2, 6), stdNorm: 0 });
    // From (3, 4) and (2.5, 3.5), each by √½; float32 on the device.
    expect(update!.maxRelative).toBeCloseTo(Math.SQRT1_2 / Math.hypot(2.5, 3.5), 6);
    expect(update!.minRelative).toBeCloseTo(Math.SQRT1_2 / 5, 6);
    // The forward pass of the second step, by the weights before it.
    expect(record!.activations!.out).toMatchObject({ mean: 6, entries: 1 });
    const unfollowed = watch(model);
    await expect(unfollowed.onTrainBegin()).rejects.toThrow(
      'watch: model must be compiled before it is trained, or optimizer given, got undefined',
    );
    expect(() => watch(model, { optimizer: {} as never })).toThrow('watch: optimizer must be an optimizer, got {}');
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
  });

  it('follows the new optimizer of a model that is compiled between two records', async () => {
    const { x, y } = dataOf();
    const model = netOf({ optimizer: tf.train.sgd(0.1) });
    const first = model.optimizer;
    const watcher = watch(model, { every: { batches: 1 } });
    await watcher.onTrainBegin();
    await model.trainOnBatch(x, y);
    await watcher.onBatchEnd!(0);
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await watcher.onEpochBegin(1);
    expect(Object.hasOwn(first, 'applyGradients')).toBe(false);
    await model.trainOnBatch(x, y);
    await watcher.onBatchEnd!(1);
    await watcher.onTrainEnd();
    expect(watcher.history.records.map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
  });

  it('goes on with its fit when another of the same model is refused', async () => {
    const { x, y } = dataOf();
    const model = netOf();
    const [one, other] = [watch(model), watch(model)];
    const fit = model.fit(x, y, { ...quiet, epochs: 2, callbacks: one });
    await expect(model.fit(x, y, { ...quiet, epochs: 2, callbacks: other })).rejects.toThrow(
      'another fit() call is ongoing',
    );
    await fit;
    expect(one.history.records).toHaveLength(3);
    expect(other.history.records).toHaveLength(0);
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
  });
});
