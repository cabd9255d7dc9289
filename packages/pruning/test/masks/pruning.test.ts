import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { batch, mlp, readWeight, spread } from '../models.ts';

describe('pruning', () => {
  it('fold() leaves predictions as they were, bit for bit, and the raw layer in place', async () => {
    const model = mlp();
    const { x, y } = batch();
    const kernel = (model.layers[0] as unknown as { kernel: unknown }).kernel;
    const pruning = await prune(model, { sparsity: 0.5 });
    const before = await valuesOf(model.predict(x) as tf.Tensor);
    pruning.fold();
    expect(await valuesOf(model.predict(x) as tf.Tensor)).toEqual(before);
    expect((model.layers[0] as unknown as { kernel: unknown }).kernel).toBe(kernel);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('restore() leaves the raw weights, bit for bit', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.9 });
    pruning.restore();
    expect(await readWeight(model, 'a/kernel')).toEqual(spread(20));
    expect(parametrizationsOf(model)).toEqual([]);
    model.dispose();
  });

  it('fold(), restore() and update() after the end are errors; dispose() is not', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    pruning.fold();
    const gone = (fn: string) => `${fn}: pruning must be in place, got a/kernel without its mask`;
    expect(() => pruning.fold()).toThrow(gone('fold'));
    expect(() => pruning.restore()).toThrow(gone('restore'));
    await expect(pruning.update({ sparsity: 0.9 })).rejects.toThrow(gone('update'));
    expect(pruning.dispose()).toBeUndefined();
    expect((await pruning.verify()).nonzero).toBe(0);
    model.dispose();
  });

  it('fold() when somebody took one mask away changes nothing; dispose() takes the others', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    parametrizationsOf(model)[1]!.restore();
    expect(() => pruning.fold()).toThrow('got b/kernel without its mask');
    expect(parametrizationsOf(model)).toHaveLength(1);
    pruning.dispose();
    expect(parametrizationsOf(model)).toEqual([]);
    expect(Object.values(pruning.masks).every((mask) => mask.isDisposed)).toBe(true);
    model.dispose();
  });

  it('a pruning stacks with other transforms of the weight, and fold() leaves them in place', async () => {
    const model = mlp();
    const weight = weightsOf(model, 'a/kernel')[0]!;
    const below = parametrize(weight, { forward: (w) => tf.mul(w, 2), rightInverse: (w) => tf.div(w, 2) });
    const pruning = await prune(model, { sparsity: 0.5, filter: 'a/kernel' });
    const above = parametrize(weight, { forward: (w) => tf.round(tf.mul(w, 4)), rightInverse: (w) => tf.div(w, 4) });
    const before = await readWeight(model, 'a/kernel');
    pruning.fold();
    expect([below.installed, above.installed]).toEqual([true, true]);
    expect(await readWeight(model, 'a/kernel')).toEqual(before);
    expect(await pruning.verify()).toMatchObject({ pruned: 10, nonzero: 0 });
    below.fold();
    above.fold();
    model.dispose();
  });

  it('masks are not saved: what foldedArtifacts writes loads in stock TensorFlow.js with the zeros in it', async () => {
    const model = mlp();
    const { x, y } = batch();
    const pruning = await prune(model, { sparsity: 0.8, scope: 'global' });
    const stock = await loadStock(await foldedArtifacts(model));
    expect(stock.weights.map(({ shape }) => shape)).toEqual([[4, 5], [5], [5, 3], [3]]);
    expect(
      maxAbsDifference(await valuesOf(stock.predict(x) as tf.Tensor), await valuesOf(model.predict(x) as tf.Tensor)),
    ).toBe(0);
    let zeros = 0;
    for (const i of [0, 2]) zeros += (await stock.weights[i]!.read().data()).filter((v) => Object.is(v, 0)).length;
    expect(zeros).toBe(28);
    pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
    stock.dispose();
  });

  it('masks are keyed by path and are bool tensors of the shape of their weights', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    expect(Object.entries(pruning.masks).map(([path, { dtype, shape }]) => [path, dtype, shape])).toEqual([
      ['a/kernel', 'bool', [4, 5]],
      ['b/kernel', 'bool', [5, 3]],
    ]);
    pruning.dispose();
    model.dispose();
  });
});
