import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import {
  groupLasso,
  l0Gates,
  movementPruneDuring,
  pruneDuring as pruneDuringInstance,
  rigl as riglInstance,
  softPruneDuring,
  sparseEvolution as sparseEvolutionInstance,
} from '../src/layers.ts';
import { constantSparsity } from '../src/schedules/constant-sparsity.ts';
import { pruneDuring } from '../src/schedules/prune-during.ts';
import type { PruningCallback } from '../src/schedules/scheduled-callback.ts';
import { batch, mlp } from './models.ts';

const stop = () => tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 });
const custom = () => new tf.CustomCallback({ onBatchEnd: async () => {} });
const half = constantSparsity({ sparsity: 0.5 });

/** Where a pruning callback may stand, and of which entry it is. */
const LISTS: Record<string, [typeof pruneDuring, (callback: PruningCallback) => unknown]> = {
  '[early stopping, callback]': [pruneDuring, (callback) => [stop(), callback]],
  '[tf.CustomCallback, callback, early stopping]': [pruneDuring, (callback) => [custom(), callback, stop()]],
  '[callback, args]': [pruneDuring, (callback) => [callback, { onBatchEnd: async () => {} }]],
  'an instance alone': [pruneDuringInstance, (callback) => callback],
  '[instance, early stopping]': [pruneDuringInstance, (callback) => [callback, stop()]],
  '[early stopping, instance, tf.CustomCallback]': [pruneDuringInstance, (callback) => [stop(), callback, custom()]],
};

const rowsOf = async (tensor: tf.Tensor) => (await tensor.array()) as number[][];

async function fitted([prune, list]: (typeof LISTS)[string], dataset: boolean): Promise<void> {
  const model = mlp();
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const { x, y } = batch(8);
  const callback = prune(model, half);
  const callbacks = list(callback) as tf.CustomCallbackArgs[];
  if (dataset) {
    const data = tf.data.zip({ xs: tf.data.array(await rowsOf(x)), ys: tf.data.array(await rowsOf(y)) }).batch(2);
    await model.fitDataset(data as tf.data.Dataset<tf.TensorContainer>, { epochs: 2, verbose: 0, callbacks });
  } else await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks });
  expect(callback.step).toBe(8);
  expect(callback.pruning.report().zeros).toBe(18);
  callback.pruning.dispose();
  model.dispose();
  tf.dispose([x, y]);
}

describe('pruneDuring beside other callbacks', () => {
  for (const dataset of [false, true])
    it.each(Object.entries(LISTS))(
      `${dataset ? 'fitDataset' : 'fit'}, %s: prunes at every step and counts them`,
      async (_, way) => {
        await fitted(way, dataset);
      },
    );

  it.each([
    ['early stopping', stop],
    ['a tf.CustomCallback', custom],
  ])('the plain callback before %s is refused by name before training', async (_, instance) => {
    const before = tf.CustomCallback.prototype.onTrainBegin;
    const failing = fitted([pruneDuring, (callback) => [{ onEpochEnd: async () => {} }, callback, instance()]], false);
    await expect(failing).rejects.toThrow(
      'pruneDuring: callbacks must begin with an instance of tf.Callback when there is one among them',
    );
    await new Promise((done) => setTimeout(done, 0));
    expect(tf.CustomCallback.prototype.onTrainBegin).toBe(before);
  });

  it.each([
    ['plain', pruneDuring],
    ['an instance', pruneDuringInstance],
  ])('the callback of another model, %s, is refused before training, and prunes nothing', async (_, prune) => {
    const [model, other] = [mlp(), mlp()];
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { x, y } = batch(8);
    const callback = prune(other, half);
    await expect(model.fit(x, y, { verbose: 0, callbacks: callback as tf.CustomCallbackArgs })).rejects.toThrow(
      /^pruneDuring: fit must train the model of .*\/kernel, a part of it or one that shares weights with it, got that of /,
    );
    expect([callback.step, callback.pruning.report().zeros]).toEqual([0, 0]);
    callback.pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
    other.dispose();
  });

  it.each([
    ['rigl', riglInstance],
    ['sparseEvolution', sparseEvolutionInstance],
  ] as const)('%s of /layers stands first before early stopping, and rewires', async (_, make) => {
    const model = mlp();
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const { x, y } = batch(8);
    const callback = await make(model, { sparsity: 0.5, fraction: 1, frequency: 2, end: 9, seed: 3 });
    await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks: [callback, stop()] });
    expect([callback.step, callback.pruning.report().zeros]).toEqual([8, 18]);
    expect(callback.rewired).toBeGreaterThan(0);
    callback.pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('softPruneDuring, movementPruneDuring, groupLasso and l0Gates of /layers stand first before early stopping, and work', async () => {
    const model = mlp();
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const { x, y } = batch(8);
    const fit = (callback: tf.Callback) =>
      model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks: [callback, stop()] });
    const soft = softPruneDuring(model, constantSparsity({ sparsity: 0.4, frequency: 2 }), { filter: 'a/kernel' });
    await fit(soft);
    soft.harden();
    expect([soft.step, soft.hard, soft.pruning.report().groups[0]!.pruned.length]).toEqual([8, true, 2]);
    soft.pruning.restore();
    const moved = movementPruneDuring(model, constantSparsity({ sparsity: 0.5, begin: 2, frequency: 2 }));
    await fit(moved);
    expect([moved.step, moved.pruning.report().zeros, (await moved.state()).step]).toEqual([8, 18, 8]);
    moved.pruning.restore();
    const lasso = groupLasso(model, { strength: 1e3, filter: 'b/kernel' });
    await fit(lasso);
    expect((await lasso.groups())[0]!.zero).toEqual([0, 1, 2]);
    lasso.dispose();
    const gates = l0Gates(model, { strength: 0.1, seed: 1 });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await fit(gates);
    expect(gates.step).toBe(8);
    gates.restore();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('pruneDuring of /layers leaves nothing behind', async () => {
    const leak = await leakOf(() => fitted(LISTS['[instance, early stopping]']!, false));
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });
});
