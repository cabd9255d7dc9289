import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupLassoOptions, groupLasso } from '../../src/training/group-lasso.ts';
import { type ProxGroupLassoOptions, proxGroupLasso } from '../../src/training/prox-group-lasso.ts';
import { batch, casesOf, mlp, readWeight } from '../models.ts';

interface ProxCase {
  call: string;
  shape: number[];
  options: ProxGroupLassoOptions;
  w: number[];
  prox: number[];
  zero: number;
}

async function prox(values: ArrayLike<number>, shape: number[], options: ProxGroupLassoOptions): Promise<Float32Array> {
  const w = tf.tensor(Float32Array.from(values), shape);
  try {
    return (await valuesOf(proxGroupLasso(w, options))) as Float32Array;
  } finally {
    w.dispose();
  }
}

describe('proxGroupLasso', () => {
  it.each(casesOf<ProxCase>('prox-group-lasso'))('proxGroupLasso is the $call in float64', async (golden) => {
    const ours = await prox(golden.w, golden.shape, golden.options);
    // A sum of up to 96 squares, a root, a quotient (2.5 and 4.5 ulp on WebGPU), a difference and a product, of values below 4.
    const most = 4 * (96 + 10) * 2 ** -24;
    for (const [i, v] of golden.prox.entries()) expect(Math.abs(ours[i]! - v), `entry ${i}`).toBeLessThanOrEqual(most);
    expect(ours.some((v) => Object.is(v, -0))).toBe(false);
  });

  it('proxGroupLasso makes ½ ‖u - w‖² + λ √|g| ‖u‖ smallest: nothing near is smaller', async () => {
    const vector = fc.array(fc.float({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(vector, fc.double({ min: 0, max: 2, noNaN: true }), vector, async (w, strength, direction) => {
        const u = await prox(w, [w.length, 1], { strength });
        const cost = (v: ArrayLike<number>) => {
          const square = w.reduce((sum, x, i) => sum + (v[i]! - x) ** 2, 0);
          return square / 2 + strength * Math.sqrt(w.length) * Math.hypot(...Array.from(v));
        };
        for (const step of [1e-2, 1e-1, 1]) {
          const other = Array.from(u, (x, i) => x + step * (direction[i % direction.length] ?? 0));
          // u is rounded to float32: its cost is off by less than 2^-24 of values below 60.
          expect(cost(u)).toBeLessThanOrEqual(cost(other) + 60 * 2 ** -22);
        }
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('proxGroupLasso: at the threshold and at 0 a group is 0; of strength 0 nothing changes', async () => {
    expect(await prox([3, 0, 4, 0], [2, 2], { strength: 5, axis: [1] })).toEqual(Float32Array.of(0, 0, 0, 0));
    expect(await prox([3, -1, 4, 0], [2, 2], { strength: 0 })).toEqual(Float32Array.of(3, -1, 4, 0));
    // All axes: each entry is a group, which is soft thresholding.
    const soft = await prox([4, -1, -2, 0.5], [2, 2], { strength: 1, axis: [0, 1] });
    // A division may be off by 2.5 ulp.
    for (const [i, v] of [3, 0, -1, 0].entries()) expect(Math.abs(soft[i]! - v)).toBeLessThanOrEqual(3 * 2 ** -22);
  });

  it('proxGroupLasso refuses other arguments', () => {
    const [w, one] = [tf.ones([2, 2]), tf.scalar(1)];
    expect(() => proxGroupLasso(w, { strength: -1 })).toThrow(
      'proxGroupLasso: strength must be finite, 0 or more, got -1',
    );
    expect(() => proxGroupLasso(w, { strength: 1, axis: [] })).toThrow(
      'proxGroupLasso: axis must be an integer in [-2, 2)',
    );
    expect(() => proxGroupLasso(one, { strength: 1 })).toThrow('proxGroupLasso: w must have an axis, got []');
    tf.dispose([w, one]);
  });
});

describe('groupLasso', () => {
  const fit = async (model: tf.LayersModel, epochs: number, callbacks: object) => {
    const { x, y } = batch(8);
    await model
      .fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0, callbacks: callbacks as tf.CustomCallbackArgs })
      .finally(() => tf.dispose([x, y]));
  };

  it('groupLasso(model): each step is that of the optimizer, then the proximal step of λ times its rate', async () => {
    const [model, twin] = [mlp(), mlp()];
    for (const one of [model, twin]) one.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const lasso = groupLasso(model, { strength: 0.3, filter: 'a/kernel' });
    await fit(model, 1, lasso);
    await fit(twin, 1, {});
    const expected = await prox(await readWeight(twin, 'a/kernel'), [4, 5], { strength: Math.fround(0.1) * 0.3 });
    const ours = await readWeight(model, 'a/kernel');
    for (const [i, v] of expected.entries()) expect(Math.abs(ours[i]! - v)).toBeLessThanOrEqual(2 ** -22);
    expect(await readWeight(model, 'b/kernel')).toEqual(await readWeight(twin, 'b/kernel'));
    lasso.dispose();
    model.dispose();
    twin.dispose();
  });

  it.each([
    ['fit', (model: tf.Sequential, lasso: object) => fit(model, 60, lasso)],
    [
      'a loop of one’s own',
      async (model: tf.Sequential, lasso: { onBatchBegin(): Promise<void> }) => {
        const { x, y } = batch(8);
        for (let step = 0; step < 60; step++) {
          await lasso.onBatchBegin();
          await model.trainOnBatch(x, y);
        }
        tf.dispose([x, y]);
      },
    ],
  ] as const)('groupLasso in %s: units become exactly 0, and stay so while the lasso is there', async (_, train) => {
    const model = mlp();
    model.compile({ optimizer: tf.train.sgd(0.2), loss: 'meanSquaredError' });
    const lasso = groupLasso(model, { strength: 0.05, filter: 'a/kernel' });
    expect(await lasso.groups()).toEqual([{ path: 'a/kernel', groups: 5, zero: [] }]);
    await train(model, lasso as never);
    const { zero } = (await lasso.groups())[0]!;
    expect(zero.length).toBeGreaterThan(0);
    const kernel = await readWeight(model, 'a/kernel');
    for (const unit of zero) expect(kernel.filter((_, i) => i % 5 === unit)).toEqual(new Float32Array(4));
    lasso.dispose();
    model.dispose();
  });

  it('groupLasso counts the units of a depthwise and the channels of a transposed convolution, and says what has none', async () => {
    const inputs = tf.input({ shape: [4, 4, 3] });
    const deep = tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, name: 'deep' }).apply(inputs);
    const back = tf.layers.conv2dTranspose({ filters: 4, kernelSize: 2, name: 'back' }).apply(deep);
    const rows = tf.layers.reshape({ targetShape: [16, 4] }).apply(back);
    const outputs = tf.layers.lstm({ units: 2, name: 'rnn' }).apply(rows) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs });
    const units = groupLasso(model, { strength: 1 });
    expect((await units.groups()).map(({ path, groups }) => [path, groups])).toEqual([
      ['deep/depthwiseKernel', 6],
      ['back/kernel', 4],
    ]);
    expect(units.skipped).toEqual([
      { path: 'rnn/cell/kernel', reason: 'its units are no slices of it' },
      { path: 'rnn/cell/recurrentKernel', reason: 'its units are no slices of it' },
    ]);
    units.dispose();
    const channels = groupLasso(model, { strength: 1, structure: 'channel', filter: ['back/*', 'rnn/**/kernel'] });
    expect((await channels.groups()).map(({ path, groups }) => [path, groups])).toEqual([
      ['back/kernel', 6],
      ['rnn/cell/kernel', 4],
    ]);
    channels.dispose();
    model.dispose();
  });

  it('groupLasso lets the optimizer go and leaves no tensor behind', async () => {
    const model = mlp();
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await fit(model, 1, {});
    const leak = await leakOf(async () => {
      const lasso = groupLasso(model, { strength: 0.1 });
      await fit(model, 2, lasso);
      expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(true);
      lasso.dispose();
      lasso.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false);
    model.dispose();
  });

  it('groupLasso refuses bad options, and optimizers without a rate', async () => {
    const model = mlp();
    const refused = (options: object, message: string) =>
      expect(() => groupLasso(model, options as GroupLassoOptions)).toThrow(message);
    refused({}, 'groupLasso: strength must be finite, 0 or more, got undefined');
    refused({ strength: 1, structure: 'entry' }, "groupLasso: structure must be 'unit' or 'channel', got \"entry\"");
    refused({ strength: 1, filter: 'a/bias' }, 'groupLasso: filter must match a kernel that has units as slices');
    refused({ strength: 1, axis: 1 }, 'groupLasso: options must be among strength, structure, filter, optimizer');
    const shift = parametrize(weightsOf(model, 'a/kernel')[0]!, { forward: (w) => tf.add(w, 1) });
    refused({ strength: 1 }, 'groupLasso: weights must not be parametrized already, got a/kernel');
    shift.restore();
    const optimizer = tf.train.sgd(0.1);
    Object.defineProperty(optimizer, 'learningRate', { value: undefined });
    const lasso = groupLasso(model, { strength: 1, optimizer });
    await expect(lasso.onBatchBegin()).rejects.toThrow(
      'groupLasso: optimizer must have a learning rate, got undefined',
    );
    lasso.dispose();
    optimizer.dispose();
    model.dispose();
  });
});
