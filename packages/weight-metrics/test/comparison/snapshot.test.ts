import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../src/comparison/snapshot.ts';

const modelOf = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });

describe('snapshot', () => {
  it('snapshot(model) has the values by path and does not follow the model', async () => {
    const model = modelOf();
    const [kernel] = weightsOf(model, 'out/kernel');
    kernel!.write(
      tf.tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
    const taken = await snapshot(model);
    kernel!.write(tf.zeros([3, 2]));
    expect([...taken]).toEqual([
      ['out/kernel', Float32Array.of(1, 2, 3, 4, 5, 6)],
      ['out/bias', new Float32Array(2)],
    ]);
  });

  it('snapshot(model, { filter }) takes some, effective values, and leaves no tensors', async () => {
    const model = modelOf();
    weightsOf(model, 'out/kernel')[0]!.write(tf.ones([3, 2]));
    parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 3) });
    const filter = '*/kernel';
    expect([...(await snapshot(model, { filter }))]).toEqual([['out/kernel', new Float32Array(6).fill(3)]]);
    expect(await leakOf(() => snapshot(model, { filter }))).toEqual({ tensors: 0, variables: 0 });
  });

  it('snapshot takes NaN as it is', async () => {
    const taken = await snapshot([tf.variable(tf.tensor1d([Number.NaN]), true, 'nan-in-snapshot')]);
    expect(taken.get('nan-in-snapshot')).toEqual(Float32Array.of(Number.NaN));
  });

  it('snapshot refuses unknown options and what has no weights', async () => {
    await expect(snapshot(modelOf(), { path: 'out' } as object)).rejects.toThrow(
      new TypeError('snapshot: options must be among filter, got "path"'),
    );
    await expect(snapshot(3 as unknown as tf.Variable[])).rejects.toThrow(TypeError);
  });
});
