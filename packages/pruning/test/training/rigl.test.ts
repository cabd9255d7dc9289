import * as tf from '@tensorflow/tfjs';
import { optimizerSlots, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { magnitude } from '../../src/scores/magnitude.ts';
import type { DynamicSparsity } from '../../src/training/dynamic-sparsity.ts';
import { type RiglOptions, rigl } from '../../src/training/rigl.ts';
import { sparseEvolution } from '../../src/training/sparse-evolution.ts';
import { batch, casesOf, mlp, readWeight, setWeight } from '../models.ts';

interface RiglCase {
  call: string;
  options: Omit<RiglOptions, 'seed'>;
  steps: number;
  rate: number;
  momentum: number;
  turns: { step: number; masks: [number[], number[]] }[];
  weights: Record<string, number[]>;
}

interface Net {
  model: tf.Sequential;
  x: tf.Tensor;
  y: tf.Tensor;
}

async function withNet<T>(optimizer: tf.Optimizer, run: (net: Net) => Promise<T>): Promise<T> {
  const model = mlp();
  const { x, y } = batch(8);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  try {
    return await run({ model, x, y });
  } finally {
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
  }
}

const fit = ({ model, x, y }: Net, epochs: number, ...callbacks: object[]) =>
  model.fit(x, y, {
    epochs,
    batchSize: 8,
    shuffle: false,
    verbose: 0,
    callbacks: callbacks as tf.CustomCallbackArgs[],
  });

/** The same model with finite weights. */
function mlpAgain(model: tf.Sequential): tf.Sequential {
  for (const { path, shape } of weightsOf(model))
    setWeight(model, path, new Float32Array(tf.util.sizeFromShape([...shape])).fill(0.5));
  return model;
}

/** The masks of both kernels. */
const masksOf = async ({ pruning: { masks } }: DynamicSparsity): Promise<number[][]> => [
  Array.from(await masks['a/kernel']!.data()),
  Array.from(await masks['b/kernel']!.data()),
];

const counts = async (callback: DynamicSparsity) =>
  (await masksOf(callback)).map((bits) => bits.reduce((sum, bit) => sum + bit, 0));

describe('rigl', () => {
  it.each(casesOf<RiglCase>('rigl'))('rigl rewires as $call in float64 does, and the weights are those', (golden) =>
    withNet(tf.train.momentum(golden.rate, golden.momentum), async (net) => {
      const callback = await rigl(net.model, { ...golden.options, score: magnitude, seed: 1 });
      const seen = new Map<number, number[][]>();
      // Of steps 1 + t the masks are those that step t has chosen.
      const look = { onBatchBegin: async () => void seen.set(callback.step - 2, await masksOf(callback)) };
      await fit(net, golden.steps, callback, look);
      for (const { step, masks } of golden.turns) expect(seen.get(step), `step ${step}`).toEqual(masks);
      // Up to 22 steps of rate 0.1, whose gradients of some units come from sums of 8 · 5 products that float32 rounds: 22 · 0.1 · 40 · 2^-24
      // of numbers around 1, ten times over for momentum.
      for (const [path, values] of Object.entries(golden.weights)) {
        const ours = await readWeight(net.model, path);
        const off = Math.max(...values.map((v, i) => Math.abs(v - ours[i]!)));
        expect(off, path).toBeLessThan(5.3e-5);
      }
      callback.pruning.dispose();
    }),
  );

  it('rigl keeps the number of connections exactly through every turn, in each layer', () =>
    fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.05, max: 0.9, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.constantFrom('layer', 'erk') as fc.Arbitrary<'layer' | 'erk'>,
        fc.constantFrom(rigl, sparseEvolution),
        async (sparsity, fraction, scope, method) => {
          await withNet(tf.train.adam(0.01), async (net) => {
            const callback = await method(net.model, { sparsity, fraction, scope, frequency: 1, end: 6, seed: 3 });
            const before = await counts(callback);
            const seen: number[][] = [];
            await fit(net, 7, callback, { onBatchBegin: async () => void seen.push(await counts(callback)) });
            for (const each of seen) expect(each).toEqual(before);
            callback.pruning.dispose();
          });
        },
      ),
      { numRuns: 6, seed: 2 },
    ));

  it.each([
    ['momentum', () => tf.train.momentum(0.05, 0.9)],
    ['adam', () => tf.train.adam(0.02)],
    ['rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0.5)],
    ['adagrad', () => tf.train.adagrad(0.05)],
  ])('rigl: a connection that grows starts at 0 and without moments under %s', (_, make) =>
    withNet(make(), async (net) => {
      const callback = await rigl(net.model, { sparsity: 0.5, frequency: 4, end: 9, seed: 5, fraction: 1 });
      await fit(net, 5, callback); // step 4 was the turn; its gradients are taken at the end of fit
      const before = await masksOf(callback);
      expect(callback.rewired).toBeGreaterThan(0);
      const first = await readWeight(net.model, 'a/kernel');
      const [kernel] = weightsOf(net.model, 'a/kernel');
      const twin = mlp();
      const early = await rigl(twin, { sparsity: 0.5, frequency: 4, end: 9, seed: 5 });
      const [start] = await masksOf(early);
      early.pruning.dispose();
      twin.dispose();
      const grown = before[0]!.flatMap((bit, i) => (bit === 1 && start![i] === 0 ? [i] : []));
      expect(grown.length).toBeGreaterThan(0);
      for (const i of grown) expect(first[i]).toBe(0);
      for (const slot of optimizerSlots(net.model.optimizer, kernel!.variable!)) {
        const moments = await slot.variable.data();
        for (const i of grown) expect(Math.abs(moments[i]!)).toBe(Math.fround(slot.initial));
      }
      await fit(net, 1, callback);
      const second = await readWeight(net.model, 'a/kernel');
      expect(grown.some((i) => second[i] !== 0)).toBe(true);
      callback.pruning.dispose();
    }),
  );

  it('rigl: the step of a turn moves no weight, biases neither', () =>
    withNet(tf.train.sgd(0.1), async (net) => {
      const callback = await rigl(net.model, { sparsity: 0.5, begin: 1, frequency: 5, end: 9, seed: 5 });
      await fit(net, 1, callback);
      const bias = await readWeight(net.model, 'b/bias');
      await fit(net, 1, callback);
      expect(await readWeight(net.model, 'b/bias')).toEqual(bias);
      await fit(net, 1, callback);
      expect(await readWeight(net.model, 'b/bias')).not.toEqual(bias);
      callback.pruning.dispose();
    }));

  it('rigl in a loop of one’s own is rigl in fit, bit for bit; of an optimizer that does not train it says so', () =>
    withNet(tf.train.momentum(0.05, 0.9), async (net) => {
      const options = { sparsity: 0.5, frequency: 2, end: 7, seed: 4 };
      const callback = await rigl(net.model, options);
      await fit(net, 8, callback);
      await withNet(tf.train.momentum(0.05, 0.9), async ({ model, x, y }) => {
        const own = await rigl(model, options);
        for (let step = 0; step < 8; step++) {
          await own.onBatchBegin();
          await model.trainOnBatch(x, y);
        }
        await own.onTrainEnd();
        for (const path of ['a/kernel', 'b/kernel', 'b/bias'])
          expect(await readWeight(model, path)).toEqual(await readWeight(net.model, path));
        expect(own.rewired).toBe(callback.rewired);
        own.pruning.dispose();
        const other = tf.train.sgd(1);
        const lost = await rigl(model, { ...options, begin: 0, optimizer: other });
        await lost.onBatchBegin();
        await model.trainOnBatch(x, y);
        await expect(lost.onBatchBegin()).rejects.toThrow(
          'rigl: optimizer must be the one that trains, got no gradients of it in step 0; say { optimizer }',
        );
        lost.pruning.dispose();
      });
      callback.pruning.dispose();
    }));

  it('rigl grows where the gradient is largest: a dead end is left for the input that explains the target', () =>
    withNet(tf.train.sgd(0.2), async () => {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [4], useBias: false, name: 'd' })],
      });
      setWeight(model, 'd/kernel', [0.1, 0.2, 0.3, 0.4]);
      model.compile({ optimizer: tf.train.sgd(0.2), loss: 'meanSquaredError' });
      const x = tf.tensor2d(
        Array.from({ length: 64 }, (_, i) => ((i * 37) % 29) / 29 - 0.5),
        [16, 4],
      );
      const y = tf.slice(x, [0, 1], [16, 1]);
      const first = (w: tf.Tensor) => tf.tensor([4, 1, 3, 2], w.shape);
      const callback = await rigl(model, { sparsity: 0.5, fraction: 1, frequency: 5, end: 40, seed: 1, score: first });
      await model.fit(x, y, { epochs: 60, batchSize: 16, verbose: 0, callbacks: callback });
      expect((await callback.pruning.masks['d/kernel']!.data())[1]).toBe(1);
      expect((await readWeight(model, 'd/kernel'))[1]).toBeGreaterThan(0.5);
      callback.pruning.dispose();
      tf.dispose([x, y]);
      model.optimizer.dispose();
      model.dispose();
    }));

  it('rigl leaves no tensor behind, also when a gradient is not finite', () =>
    withNet(tf.train.sgd(0.05), async (net) => {
      await fit(net, 1);
      expect(
        await leakOf(async () => {
          const callback = await rigl(net.model, { sparsity: 0.5, frequency: 2, end: 9, seed: 4 });
          await fit(net, 5, callback);
          callback.pruning.dispose();
        }),
      ).toEqual({ tensors: 0, variables: 0 });
      const bad = tf.fill([8, 3], Number.NaN);
      const leak = await leakOf(async () => {
        const callback = await rigl(mlpAgain(net.model), { sparsity: 0.5, begin: 0, end: 9, seed: 4 });
        await fit({ ...net, y: bad }, 2, callback).catch(() => {});
        callback.pruning.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
      bad.dispose();
    }));

  it('rigl: a gradient that is not finite ends training by its path, masks as they were', () =>
    withNet(tf.train.sgd(0.05), async (net) => {
      const callback = await rigl(net.model, { sparsity: 0.5, begin: 0, frequency: 1, end: 9, seed: 4 });
      const before = await masksOf(callback);
      const bad = tf.fill([8, 3], Number.NaN);
      await expect(fit({ ...net, y: bad }, 2, callback)).rejects.toThrow(
        /rigl: gradients must be finite, got NaN at a\/kernel\[\d+\]/,
      );
      expect(await masksOf(callback)).toEqual(before);
      bad.dispose();
      callback.pruning.dispose();
    }));

  it('rigl refuses bad options and leaves the model as it was', () =>
    withNet(tf.train.sgd(0.05), async ({ model }) => {
      const before = await readWeight(model, 'a/kernel');
      const right = { sparsity: 0.5, end: 9, frequency: 1, seed: 1 };
      const refused = (options: object, message: string) =>
        expect(rigl(model, { ...right, ...options } as RiglOptions)).rejects.toThrow(message);
      await refused({ sparsity: 1 }, 'rigl: sparsity must be in [0, 1), got 1');
      await refused({ fraction: 0 }, 'rigl: fraction must be in (0, 1], got 0');
      await refused({ end: 5, begin: 6 }, 'rigl: end must be an integer, begin (6) or more, got 5');
      await refused({ end: undefined }, 'rigl: end must be finite, got Infinity');
      await refused({ scope: 'global' }, "rigl: scope must be 'layer' or 'erk', got \"global\"");
      await refused({ seed: 0.5 }, 'rigl: seed must be a safe integer, got 0.5');
      await refused({ count: 3 }, 'rigl: options must be among sparsity, scope, filter, seed');
      await refused({ filter: 'none' }, 'rigl: filter must match');
      expect(parametrizationsOf(model)).toEqual([]);
      expect(await readWeight(model, 'a/kernel')).toEqual(before);
      const shift = parametrize(weightsOf(model, 'a/kernel')[0]!, { forward: (w) => tf.add(w, 1) });
      await refused({}, 'rigl: weights must not be parametrized already, got a/kernel');
      shift.restore();
    }));
});

describe('sparseEvolution', () => {
  it('sparseEvolution rewires the same share at every turn, at places that its seed alone decides', () =>
    withNet(tf.train.sgd(0.05), async (net) => {
      const run = async (seed: number) => {
        const model = mlp();
        model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
        const callback = await sparseEvolution(model, { sparsity: 0.5, frequency: 2, seed, score: magnitude });
        const masks: number[][] = [];
        const look = { onBatchBegin: async () => void masks.push((await masksOf(callback))[0]!) };
        await fit({ ...net, model }, 7, callback, look);
        callback.pruning.dispose();
        model.dispose();
        return masks;
      };
      const [one, again, other] = [await run(1), await run(1), await run(2)];
      expect(again).toEqual(one);
      expect(other).not.toEqual(one);
      // Of 10 connections 3 go at steps 2, 4 and 6; some may grow again at once.
      const changes = one.map((bits, t) => (t === 0 ? 0 : bits.filter((bit, i) => bit !== one[t - 1]![i]).length / 2));
      for (const [t, change] of changes.entries()) expect(change).toBeLessThanOrEqual(t % 2 === 0 && t > 0 ? 3 : 0);
      expect(changes.reduce((sum, c) => sum + c, 0)).toBeGreaterThan(3);
    }));
});
