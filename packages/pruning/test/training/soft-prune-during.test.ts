import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { constantSparsity } from '../../src/schedules/constant-sparsity.ts';
import { type SoftPruning, softPruneDuring } from '../../src/training/soft-prune-during.ts';
import { batch, casesOf, mlp, readWeight } from '../models.ts';

interface SoftCase {
  call: string;
  turns: [step: number, units: number][];
  steps: number;
  rate: number;
  momentum: number;
  chosen: { step: number; pruned: number[] }[];
  weights: Record<string, number[]>;
}

const compiled = (optimizer: tf.Optimizer): tf.Sequential => {
  const model = mlp();
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
};

async function fit(model: tf.Sequential, epochs: number, ...callbacks: object[]): Promise<void> {
  const { x, y } = batch(8);
  const list = callbacks as tf.CustomCallbackArgs[];
  await model
    .fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0, callbacks: list })
    .finally(() => tf.dispose([x, y]));
}

const prunedUnits = ({ pruning }: SoftPruning) => pruning.report().groups[0]!.pruned;

describe('softPruneDuring', () => {
  it.each(casesOf<SoftCase>('soft'))('softPruneDuring is $call in float64, units and weights', async (golden) => {
    const model = compiled(tf.train.momentum(golden.rate, golden.momentum));
    const turns = new Map(golden.turns.map(([step, units]) => [step, units / 5]));
    const callback = softPruneDuring(model, (step) => turns.get(step), { filter: 'a/kernel' });
    const seen = new Map<number, number[]>();
    const look = { onBatchBegin: async () => void seen.set(callback.step - 1, prunedUnits(callback)) };
    await fit(model, golden.steps, callback, look);
    seen.set(golden.steps, prunedUnits(callback));
    for (const { step, pruned } of golden.chosen) expect(seen.get(step), `step ${step}`).toEqual(pruned);
    // 14 steps of at most rate 0.2, gradients rounded as in the test of rigl.
    for (const [path, values] of Object.entries(golden.weights)) {
      const ours = await readWeight(model, path);
      expect(Math.max(...values.map((v, i) => Math.abs(v - ours[i]!))), path).toBeLessThan(7e-5);
    }
    callback.pruning.dispose();
    model.dispose();
  });

  it('softPruneDuring: what is pruned learns on and may return; harden() ends that, under Adam too', async () => {
    const model = compiled(tf.train.adam(0.05));
    const schedule = constantSparsity({ sparsity: 0.4, begin: 1, frequency: 2 });
    const callback = softPruneDuring(model, schedule, { filter: 'a/kernel' });
    await fit(model, 2, callback);
    const column = async (unit: number) =>
      (await readWeight(model, 'a/kernel')).filter((_, i) => i % 5 === unit).reduce((sum, v) => sum + Math.abs(v), 0);
    for (const unit of prunedUnits(callback)) expect(await column(unit)).toBeGreaterThan(0);
    expect((await callback.pruning.verify()).nonzero).toBeGreaterThan(0);
    expect(callback.hard).toBe(false);
    callback.harden();
    expect(callback.hard).toBe(true);
    const units = prunedUnits(callback);
    await fit(model, 6, callback);
    expect(prunedUnits(callback)).toEqual(units);
    for (const unit of units) expect(await column(unit)).toBe(0);
    await callback.pruning.check();
    expect((await callback.pruning.verify()).nonzero).toBe(0);
    callback.pruning.fold();
    for (const unit of units) expect(await column(unit)).toBe(0);
    model.dispose();
  });

  it('softPruneDuring takes entries and slices too, and a state to go on from', async () => {
    const model = compiled(tf.train.sgd(0.1));
    const half = constantSparsity({ sparsity: 0.5, frequency: 3 });
    const entries = softPruneDuring(model, half, { structure: 'entry', scope: 'global' });
    await fit(model, 4, entries);
    expect(entries.pruning.report().zeros).toBe(18);
    const state = JSON.parse(JSON.stringify(entries));
    entries.pruning.dispose();
    const again = softPruneDuring(model, half, { structure: 'entry', scope: 'global', resume: state });
    expect(again.toJSON()).toEqual(state);
    again.pruning.dispose();
    const rows = softPruneDuring(model, half, { structure: { axis: 0 }, filter: 'a/kernel' });
    await fit(model, 4, rows);
    rows.harden();
    expect(rows.pruning.report().zeros).toBe(10);
    rows.pruning.dispose();
    model.dispose();
  });

  it('softPruneDuring leaves no tensor behind', async () => {
    const model = compiled(tf.train.sgd(0.1));
    await fit(model, 1);
    const leak = await leakOf(async () => {
      const callback = softPruneDuring(model, constantSparsity({ sparsity: 0.4, frequency: 2 }));
      await fit(model, 3, callback);
      callback.harden();
      await fit(model, 1, callback);
      callback.pruning.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });

  it('softPruneDuring refuses bad arguments and puts no mask on', () => {
    const model = mlp();
    const half = constantSparsity({ sparsity: 0.5 });
    const refused = (options: object, message: string) =>
      expect(() => softPruneDuring(model, half, options)).toThrow(message);
    refused({ structure: { n: 2, m: 4 } }, 'softPruneDuring: structure must not be { n, m }');
    refused({ structure: null }, "softPruneDuring: structure must be 'entry'");
    refused({ regrow: true }, 'softPruneDuring: options must be among scope, filter');
    expect(() => softPruneDuring(model, 1 as never)).toThrow('softPruneDuring: schedule must be a function, got 1');
    const shift = parametrize(weightsOf(model, 'a/bias')[0]!, { forward: (w) => tf.add(w, 1) });
    refused({}, 'softPruneDuring: weights must not be parametrized already, got a/bias');
    shift.restore();
    expect(parametrizationsOf(model)).toEqual([]);
    const callback = softPruneDuring(model, half);
    callback.pruning.restore();
    expect(() => callback.harden()).toThrow('harden: pruning must be in place');
    model.dispose();
  });
});
