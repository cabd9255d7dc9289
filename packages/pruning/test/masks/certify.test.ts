import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { batch, mlp, readWeight, setWeight } from '../models.ts';

describe('verify', () => {
  it('verify() counts what was pruned and finds nothing wrong', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    expect(await pruning.verify()).toEqual({ pruned: 18, nonzero: 0, first: null });
    expect(await leakOf(() => pruning.verify())).toEqual({ tensors: 0, variables: 0 });
    pruning.dispose();
    model.dispose();
  });

  it('verify() after fold finds the entry that came back, -0 included', async () => {
    const model = mlp();
    const pruning = await prune(model, { count: 20, filter: 'a/kernel' });
    pruning.fold();
    const values = await readWeight(model, 'a/kernel');
    values[7] = -0;
    values[11] = 1e-30;
    values[12] = Number.NaN;
    setWeight(model, 'a/kernel', values);
    expect(await pruning.verify()).toEqual({ pruned: 20, nonzero: 3, first: 'a/kernel[7]' });
    model.dispose();
  });

  it('verify() after fold and more training counts the zeros that were filled again', async () => {
    const model = mlp();
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    const pruning = await prune(model, { sparsity: 0.5, filter: 'b/kernel' });
    const { x, y } = batch();
    const train = () => model.fit(x, y, { verbose: 0 });
    await train();
    expect(await pruning.verify()).toEqual({ pruned: 8, nonzero: 0, first: null });
    pruning.fold();
    await train();
    expect((await pruning.verify()).nonzero).toBeGreaterThan(0);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('verify() finds a transform on top that undoes the zeros', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5, filter: 'b/kernel' });
    const shift = parametrize(weightsOf(model, 'b/kernel')[0]!, { forward: (w) => tf.add(w, 1) });
    expect((await pruning.verify()).nonzero).toBe(8);
    shift.restore();
    expect((await pruning.verify()).nonzero).toBe(0);
    pruning.dispose();
    model.dispose();
  });

  it('verify() after restore finds the raw weights', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    pruning.restore();
    expect((await pruning.verify()).nonzero).toBe(18);
    model.dispose();
  });
});
