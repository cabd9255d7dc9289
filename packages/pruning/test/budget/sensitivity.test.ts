import type * as tf from '@tensorflow/tfjs';
import { isParametrized } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type SensitivityProgress, sensitivity } from '../../src/budget/sensitivity.ts';
import { prune } from '../../src/masks/prune.ts';
import { mlp, readWeight, zerosAt } from '../models.ts';

const zerosIn = async (model: tf.LayersModel, path: string): Promise<number> =>
  zerosAt(await readWeight(model, path)).length;

/** Each zero of a costs 3, each of b 1: what pruning a layer costs is known without pruning it. */
const evaluate = async (model: tf.LayersModel): Promise<number> =>
  10 - 3 * (await zerosIn(model, 'a/kernel')) - (await zerosIn(model, 'b/kernel'));

const plain = (model: tf.LayersModel): boolean => !isParametrized(model);

describe('sensitivity', () => {
  it('says of each layer and sparsity how much worse the model is, and leaves it as it was', async () => {
    const model = mlp();
    const before = [await readWeight(model, 'a/kernel'), await readWeight(model, 'b/kernel')];
    const found = await sensitivity(model, { evaluate, sparsities: [0.2, 0.5] });
    expect(found).toEqual({
      baseline: 10,
      layers: [
        {
          name: 'a/kernel',
          paths: ['a/kernel'],
          groups: 20,
          points: [
            { sparsity: 0.2, value: -2, drop: 12 },
            { sparsity: 0.5, value: -20, drop: 30 },
          ],
        },
        {
          name: 'b/kernel',
          paths: ['b/kernel'],
          groups: 15,
          points: [
            { sparsity: 0.2, value: 7, drop: 3 },
            // Half of 15 is 7.5, of which the even neighbor is 8.
            { sparsity: 0.5, value: 2, drop: 8 },
          ],
        },
      ],
    });
    expect([await readWeight(model, 'a/kernel'), await readWeight(model, 'b/kernel')]).toEqual(before);
    expect(plain(model)).toBe(true);
    model.dispose();
  });

  it('prunes by the rule that it is given: units of the layers of a filter', async () => {
    const model = mlp();
    const { layers } = await sensitivity(model, { evaluate, sparsities: [0.4], structure: 'unit', filter: 'a/*' });
    // 2 of 5 units with 4 entries of the kernel each.
    expect(layers).toEqual([
      { name: 'a', paths: ['a/kernel'], groups: 5, points: [{ sparsity: 0.4, value: -14, drop: 24 }] },
    ]);
    model.dispose();
  });

  it('tells how far it is', async () => {
    const model = mlp();
    const told: SensitivityProgress[] = [];
    await sensitivity(model, { evaluate, sparsities: [0.5], onProgress: (progress) => void told.push(progress) });
    expect(told).toEqual([
      { layer: 'a/kernel', sparsity: 0.5, done: 2, total: 3 },
      { layer: 'b/kernel', sparsity: 0.5, done: 3, total: 3 },
    ]);
    model.dispose();
  });

  it('leaves nothing behind: no tensors, and no masks when evaluate throws or it is stopped', async () => {
    const model = mlp();
    expect(await leakOf(() => sensitivity(model, { evaluate, sparsities: [0.5] }))).toEqual({
      tensors: 0,
      variables: 0,
    });
    let calls = 0;
    const broken = () => {
      if (calls++ > 0) throw new Error('out of data');
      return 1;
    };
    await expect(sensitivity(model, { evaluate: broken })).rejects.toThrow('out of data');
    expect(plain(model)).toBe(true);
    const stop = new AbortController();
    const stopped = sensitivity(model, { evaluate, onProgress: () => stop.abort(), signal: stop.signal });
    await expect(stopped).rejects.toThrow('abort');
    expect(plain(model)).toBe(true);
    model.dispose();
  });

  const refusals: [options: object, message: string][] = [
    [{}, 'sensitivity: evaluate must be a function, got undefined'],
    [{ evaluate: () => 'good' }, 'sensitivity: evaluate must return a number, got "good"'],
    [{ evaluate: () => Number.NaN }, 'sensitivity: evaluate must return a finite number, got NaN'],
    [{ evaluate, sparsities: [1] }, 'sensitivity: sparsities must be numbers in [0, 1), got [1]'],
    [{ evaluate, sparsities: [] }, 'sensitivity: sparsities must hold a number, got []'],
    [{ evaluate, sparsities: [0.5, 0.5] }, 'sensitivity: sparsities must rise, got [0.5, 0.5]'],
    [
      { evaluate, structure: { n: 2, m: 4 } },
      'sensitivity: structure must be one of which an amount of each layer goes, not { n, m } or { groups }, got {n, m}',
    ],
    [{ evaluate, filter: 'c/*' }, 'filter'],
    [{ evaluate, scope: 'global' }, 'scope'],
    [{ evaluate, signal: 1 }, 'sensitivity: signal must be an AbortSignal, got 1'],
  ];
  it.each(refusals)('refuses %j', async (options, message) => {
    const model = mlp();
    await expect(sensitivity(model, options as never)).rejects.toThrow(message);
    expect(plain(model)).toBe(true);
    model.dispose();
  });

  it('refuses a model that is pruned already, and what is no model', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    await expect(sensitivity(model, { evaluate })).rejects.toThrow('weights must not be pruned already');
    pruning.dispose();
    model.dispose();
    await expect(sensitivity(null as never, { evaluate })).rejects.toThrow('sensitivity: model must be');
  });
});
