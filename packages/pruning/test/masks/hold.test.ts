import * as tf from '@tensorflow/tfjs';
import { optimizerSlots, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import type { Pruning } from '../../src/masks/pruning.ts';
import { constantSparsity } from '../../src/schedules/constant-sparsity.ts';
import { pruneDuring } from '../../src/schedules/prune-during.ts';
import { batch, mlp, readWeight } from '../models.ts';

const OPTIMIZERS: [string, () => tf.Optimizer][] = [
  ['sgd', () => tf.train.sgd(0.05)],
  ['momentum', () => tf.train.momentum(0.05, 0.9)],
  ['momentum of Nesterov', () => tf.train.momentum(0.05, 0.9, true)],
  ['adagrad', () => tf.train.adagrad(0.05)],
  ['adadelta', () => tf.train.adadelta(0.5)],
  ['adam', () => tf.train.adam(0.02)],
  ['adamax', () => tf.train.adamax(0.02)],
  ['rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0.5)],
];

interface Data {
  model: tf.Sequential;
  x: tf.Tensor;
  y: tf.Tensor;
}

const lossOf = ({ model, x, y }: Data) => tf.mean(tf.square(tf.sub(model.apply(x) as tf.Tensor, y))) as tf.Scalar;
const variablesOf = (model: tf.Sequential) => weightsOf(model).map(({ variable }) => variable!);

/** Every way to train; each takes a few steps. */
const WAYS: Record<string, (data: Data) => Promise<unknown>> = {
  fit: ({ model, x, y }) => model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0 }),
  fitDataset: ({ model, x, y }) =>
    model.fitDataset(
      tf.data.array([0, 1]).map(() => ({ xs: tf.clone(x), ys: tf.clone(y) })),
      { epochs: 1, verbose: 0 },
    ),
  trainOnBatch: async ({ model, x, y }) => {
    await model.trainOnBatch(x, y);
    await model.trainOnBatch(x, y);
  },
  'optimizer.minimize': async (data) => {
    const variables = variablesOf(data.model);
    for (let i = 0; i < 2; i++) data.model.optimizer.minimize(() => lossOf(data), false, variables);
  },
  'optimizer.applyGradients': async (data) => {
    // The places of variables in an optimizer's state are those of the list that it is given.
    const variables = variablesOf(data.model);
    for (let i = 0; i < 2; i++)
      tf.tidy(() => {
        const { grads } = tf.variableGrads(() => lossOf(data), variables);
        data.model.optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
      });
  },
};

const withNet = async (optimizer: tf.Optimizer, run: (data: Data) => Promise<void>): Promise<void> => {
  const model = mlp();
  const { x, y } = batch(8);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await run({ model, x, y });
  tf.dispose([x, y]);
  model.dispose();
  optimizer.dispose();
};

const rawOf = async (model: tf.Sequential, path: string): Promise<Float32Array> =>
  Float32Array.from(await weightsOf(model, path)[0]!.variable!.data());

/** The values where a mask is 0. */
async function under(pruning: Pruning, path: string, values: ArrayLike<number>): Promise<number[]> {
  const bits = await pruning.masks[path]!.data();
  return Array.from(values).filter((_, i) => bits[i] === 0);
}

describe.each(OPTIMIZERS)('masks under %s', (_, make) => {
  it.each(Object.keys(WAYS))('hold(optimizer): in %s neither momentum nor anything moves what is pruned', (way) =>
    withNet(make(), async (data) => {
      const { model } = data;
      const train = WAYS[way]!;
      await train(data); // so that there are moments
      const pruning = await prune(model, { sparsity: 0.5 });
      pruning.hold(model.optimizer);
      const before = await under(pruning, 'a/kernel', await rawOf(model, 'a/kernel'));
      const kept = await readWeight(model, 'a/kernel');
      await train(data);
      await pruning.check();
      expect((await pruning.verify()).nonzero).toBe(0);
      expect(await under(pruning, 'a/kernel', await readWeight(model, 'a/kernel'))).toEqual(new Array(10).fill(0));
      // Bit for bit: the raw weight is as it was when it was pruned.
      expect(await under(pruning, 'a/kernel', await rawOf(model, 'a/kernel'))).toEqual(before);
      for (const slot of optimizerSlots(model.optimizer, weightsOf(model, 'a/kernel')[0]!.variable!))
        for (const moment of await under(pruning, 'a/kernel', await slot.variable.data()))
          expect(Math.abs(moment)).toBe(Math.fround(slot.initial));
      expect(await readWeight(model, 'a/kernel')).not.toEqual(kept);
      pruning.dispose();
    }),
  );
});

describe('hold', () => {
  it('without hold(optimizer) Adam moves the raw weight under a mask, which is 0 in the layer all the same', () =>
    withNet(tf.train.adam(0.02), async (data) => {
      await WAYS.fit!(data);
      const pruning = await prune(data.model, { sparsity: 0.5 });
      const before = await under(pruning, 'a/kernel', await rawOf(data.model, 'a/kernel'));
      await WAYS.fit!(data);
      await pruning.check();
      expect(await under(pruning, 'a/kernel', await rawOf(data.model, 'a/kernel'))).not.toEqual(before);
      pruning.dispose();
    }));

  it('hold(optimizer): a regularizer, which sees the raw weight, moves nothing that is pruned', () =>
    withNet(tf.train.adam(0.02), async ({ x }) => {
      const kernelRegularizer = tf.regularizers.l2({ l2: 0.1 });
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 3, inputShape: [4], kernelRegularizer, name: 'a' })],
      });
      model.compile({ optimizer: tf.train.adam(0.02), loss: 'meanSquaredError' });
      const y = tf.ones([8, 3]);
      const pruning = await prune(model, { sparsity: 0.5 });
      pruning.hold(model.optimizer);
      const before = await under(pruning, 'a/kernel', await rawOf(model, 'a/kernel'));
      await model.fit(x, y, { epochs: 2, verbose: 0 });
      expect(await under(pruning, 'a/kernel', await rawOf(model, 'a/kernel'))).toEqual(before);
      await pruning.check();
      pruning.dispose();
      model.optimizer.dispose();
      model.dispose();
      y.dispose();
    }));

  it('an update of the masks clears the moments of what it prunes, and an entry that returns begins anew', () =>
    withNet(tf.train.momentum(0.05, 0.9), async (data) => {
      const { model } = data;
      await WAYS.fit!(data);
      const pruning = await prune(model, { count: 2, filter: 'a/kernel' });
      pruning.hold(model.optimizer);
      await WAYS.fit!(data);
      await pruning.update({ count: 12 });
      const raw = await under(pruning, 'a/kernel', await rawOf(model, 'a/kernel'));
      await WAYS.fit!(data);
      expect(await under(pruning, 'a/kernel', await rawOf(model, 'a/kernel'))).toEqual(raw);
      await pruning.check();
      const bits = await pruning.masks['a/kernel']!.data();
      await pruning.update({ count: 0 }, { regrow: true });
      const [slot] = optimizerSlots(model.optimizer, weightsOf(model, 'a/kernel')[0]!.variable!);
      const moments = await slot!.variable.data();
      expect(Array.from(moments).filter((m, i) => bits[i] === 0 && m !== 0)).toEqual([]);
      pruning.dispose();
    }));

  it('pruneDuring holds the optimizer of fit, also of a model around the pruned one, and of a loop the one given', () =>
    withNet(tf.train.adam(0.02), async ({ model, x, y }) => {
      const callback = pruneDuring(model, constantSparsity({ sparsity: 0.5, begin: 2, frequency: 50 }));
      const outer = tf.sequential({ layers: [model] });
      const own = tf.train.momentum(0.05, 0.9);
      outer.compile({ optimizer: own, loss: 'meanSquaredError' });
      await outer.fit(x, y, { epochs: 4, batchSize: 4, verbose: 0, callbacks: callback });
      const { pruning } = callback;
      const moments = async (optimizer: tf.Optimizer) => {
        const [slot] = optimizerSlots(optimizer, weightsOf(model, 'a/kernel')[0]!.variable!);
        return under(pruning, 'a/kernel', await slot!.variable.data());
      };
      expect((await moments(own)).filter((m) => m !== 0)).toEqual([]);
      pruning.dispose();

      const loop = tf.train.momentum(0.05, 0.9);
      const looped = pruneDuring(model, constantSparsity({ sparsity: 0.5, begin: 2 }), { optimizer: loop });
      const variables = variablesOf(model);
      const raws: number[][] = [];
      for (let step = 0; step < 4; step++) {
        await looped.onBatchBegin();
        if (step >= 2) raws.push(await under(looped.pruning, 'a/kernel', await rawOf(model, 'a/kernel')));
        loop.minimize(() => lossOf({ model, x, y }), false, variables);
      }
      await looped.onTrainEnd();
      expect(raws[1]).toEqual(raws[0]);
      await looped.pruning.check();
      looped.pruning.dispose();
      own.dispose();
      loop.dispose();
    }));

  it('fold, restore and dispose let optimizers go; what hold returned may be called again', () =>
    withNet(tf.train.sgd(0.05), async ({ model }) => {
      const isTapped = () => Object.hasOwn(model.optimizer, 'applyGradients');
      for (const end of ['fold', 'restore', 'dispose'] as const) {
        const pruning = await prune(model, { sparsity: 0.25 });
        const release = pruning.hold(model.optimizer);
        pruning.hold(model.optimizer);
        expect(isTapped()).toBe(true);
        pruning[end]();
        release();
        expect(isTapped()).toBe(false);
        if (end !== 'dispose') expect(() => pruning.hold(model.optimizer)).toThrow('hold: pruning must be in place');
      }
      const pruning = await prune(model, { sparsity: 0.25 });
      expect(() => pruning.hold('adam' as never)).toThrow(
        new TypeError('hold: optimizer must be a tf.Optimizer, got "adam"'),
      );
      pruning.dispose();
    }));

  it('hold and check leave no tensor behind', () =>
    withNet(tf.train.sgd(0.05), async (data) => {
      await WAYS.fit!(data);
      const leak = await leakOf(async () => {
        const pruning = await prune(data.model, { sparsity: 0.5 });
        pruning.hold(data.model.optimizer);
        await WAYS.fit!(data);
        await pruning.check();
        pruning.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    }));
});

describe('check', () => {
  it('check() names the first weight whose pruned entries are not 0, and how many', () =>
    withNet(tf.train.sgd(0.05), async ({ model }) => {
      const pruning = await prune(model, { sparsity: 0.5 });
      await pruning.check();
      const shift = parametrize(weightsOf(model, 'b/kernel')[0]!, { forward: (w) => tf.add(w, 0.5) });
      await expect(pruning.check()).rejects.toThrow(
        new Error('check: pruned entries of b/kernel must be 0, got 8 that are not'),
      );
      shift.restore();
      await pruning.check();
      pruning.restore();
      await expect(pruning.check()).rejects.toThrow('check: pruning must be in place, got a/kernel without its mask');
    }));

  it('check() names a weight whose pruned entries have moments in an optimizer that is held', () =>
    withNet(tf.train.momentum(0.05, 0.9), async (data) => {
      const pruning = await prune(data.model, { sparsity: 0.5 });
      pruning.hold(data.model.optimizer);
      await WAYS.fit!(data);
      const [slot] = optimizerSlots(data.model.optimizer, weightsOf(data.model, 'b/kernel')[0]!.variable!);
      const wrong = tf.ones([5, 3]);
      slot!.variable.assign(wrong);
      wrong.dispose();
      await expect(pruning.check()).rejects.toThrow(
        new Error('check: pruned entries of b/kernel must have no moments in the optimizer, got 8 that have'),
      );
      pruning.dispose();
    }));

  it('pruneDuring checks at the end of each epoch: fit ends with the name of the weight, unless check is false', () =>
    withNet(tf.train.sgd(0.05), async ({ model, x, y }) => {
      const fit = async (check: boolean) => {
        const callback = pruneDuring(model, constantSparsity({ sparsity: 0.5 }), { check });
        const shift = parametrize(weightsOf(model, 'a/kernel')[0]!, { forward: (w) => tf.add(w, 0.5) });
        let epochs = 0;
        const count = { onEpochEnd: async () => void epochs++ };
        await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: [count, callback] }).finally(() => {
          shift.restore();
          callback.pruning.dispose();
        });
        return epochs;
      };
      await expect(fit(true)).rejects.toThrow('check: pruned entries of a/kernel must be 0, got 10 that are not');
      expect(await fit(false)).toBe(3);
    }));
});
