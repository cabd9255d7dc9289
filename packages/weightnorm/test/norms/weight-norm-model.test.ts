import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf, loadStock, slowReads, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { weightNorm, weightNormModel } from '../../src/index.ts';

const model = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3], name: 'first' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.dense({ units: 2, name: 'last' }),
    ],
  });

describe('weightNormModel', () => {
  it('weightNormModel(model) normalizes every kernel, trains, saves and folds; the model predicts the same', async () => {
    const m = model();
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 3);
    const normed = await weightNormModel(m);
    const { normalized, skipped, extraParameters, maxDelta } = normed.report();
    expect(normalized.map(({ path, units, zeroUnits }) => [path, units, zeroUnits])).toEqual([
      ['first/kernel', 4, 0],
      ['last/kernel', 2, 0],
    ]);
    expect(skipped).toEqual([]);
    expect(extraParameters).toBe(6);
    // 2⁻²² of the largest entry; a Glorot kernel of these sizes is below 1.
    expect(maxDelta).toBeLessThanOrEqual(2 ** -22);
    expect(normed.needsRecompile).toBe(true);
    m.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    await m.fit(x, tf.ones([4, 2]), { epochs: 2, verbose: 0 });
    const trained = await valuesOf(m.predict(x) as tf.Tensor);
    const saved = await loadStock(await foldedArtifacts(m));
    expect(await valuesOf(saved.predict(x) as tf.Tensor)).toEqual(trained);
    normed.fold();
    expect(parametrizationsOf(m)).toEqual([]);
    expect(await valuesOf(m.predict(x) as tf.Tensor)).toEqual(trained);
  });

  it('weightNormModel says what it skipped and why, and counts zero units', async () => {
    const m = model();
    weightsOf(m, 'first/kernel')[0]!.write(
      tf.tensor2d([
        [0, 1, 0, 1],
        [0, 1, 0, 1],
        [0, 1, 0, 1],
      ]),
    );
    weightNorm(weightsOf(m, 'last/kernel')[0]!);
    const normed = await weightNormModel(m, { filter: ['first/*', 'last/kernel'] });
    expect(normed.report().normalized).toEqual([
      { path: 'first/kernel', units: 4, zeroUnits: 2, maxDelta: expect.any(Number) },
    ]);
    expect(normed.report().skipped).toEqual([
      { path: 'first/bias', reason: 'has fewer than two axes' },
      { path: 'last/kernel', reason: 'is normalized already' },
    ]);
    m.layers[0]!.trainable = false;
    normed.restore();
    const none = await weightNormModel(m, { filter: 'first/kernel' });
    expect(none.report().skipped).toEqual([{ path: 'first/kernel', reason: 'is not trainable' }]);
    expect([none.needsRecompile, none.report().maxDelta, none.report().extraParameters]).toEqual([false, 0, 0]);
  });

  it('weightNormModel takes one axis for all, and normalizes a masked weight as it is', async () => {
    const m = model();
    parametrize(weightsOf(m, 'first/kernel')[0]!, { forward: (w) => tf.mul(w, 0), rightInverse: (w) => w });
    const normed = await weightNormModel(m, { axis: null });
    expect(normed.report().normalized).toEqual([
      { path: 'first/kernel', units: 1, zeroUnits: 1, maxDelta: 0 },
      { path: 'last/kernel', units: 1, zeroUnits: 0, maxDelta: expect.any(Number) },
    ]);
  });

  it('weightNormModel refuses NaN by path and index, wrong filters, axes and options, and changes nothing', async () => {
    const m = model();
    weightsOf(m, 'last/kernel')[0]!.write(tf.tensor2d([1, 2, 3, Number.NaN, 5, 6, 7, 8], [4, 2]));
    await expect(weightNormModel(m)).rejects.toThrow(
      'weightNormModel: weights must be finite, got NaN at last/kernel[3]',
    );
    await expect(weightNormModel(m, { filter: 'none' })).rejects.toThrow(RangeError);
    await expect(weightNormModel(m, { axis: 5 })).rejects.toThrow(
      'weightNormModel: axis must be an integer in [-2, 2), got 5',
    );
    await expect(weightNormModel(m, { filters: 'x' } as never)).rejects.toThrow(
      'weightNormModel: options must be among',
    );
    expect(parametrizationsOf(m)).toEqual([]);
  });

  it('weightNormModel leaves nothing installed when a weight refuses, here a read-only property', async () => {
    const m = model();
    const variables = m.trainableWeights.length;
    const last = m.getLayer('last') as unknown as { kernel: object };
    Object.defineProperty(last, 'kernel', { value: last.kernel, writable: false, configurable: true });
    await expect(weightNormModel(m)).rejects.toThrow('read only');
    expect(parametrizationsOf(m)).toEqual([]);
    expect(m.trainableWeights.length).toBe(variables);
  });

  it('weightNormModel stacks on a transform without a right inverse; fold() then refuses and changes nothing', async () => {
    const m = model();
    parametrize(weightsOf(m, 'last/kernel')[0]!, { forward: (w) => tf.mul(w, 2) });
    const normed = await weightNormModel(m);
    expect(() => normed.fold()).toThrow('must have a rightInverse, got one without at last/kernel');
    expect(normed.parametrizations.map(({ installed }) => installed)).toEqual([true, true]);
    normed.restore();
    expect(parametrizationsOf(m).map(({ path }) => path)).toEqual(['last/kernel']);
  });

  it('fold() and restore() take all away or none: with one gone already they throw and the others stay', async () => {
    const m = model();
    const normed = await weightNormModel(m);
    normed.parametrizations[1]!.fold();
    expect(() => normed.fold()).toThrow(
      'fold: every weight normalization must be in place, got last/kernel without it',
    );
    expect(() => normed.restore()).toThrow('restore: every weight normalization must be in place');
    expect(parametrizationsOf(m).map(({ path }) => path)).toEqual(['first/kernel']);
    normed.parametrizations[0]!.fold();
  });

  it('fold() asks for a compile before training goes on, and says so by needsRecompile', async () => {
    const m = model();
    const train = () => m.fit(tf.ones([2, 3]), tf.ones([2, 2]), { verbose: 0 });
    const compile = () => m.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const normed = await weightNormModel(m);
    compile();
    await train();
    normed.fold();
    expect(normed.needsRecompile).toBe(true);
    await expect(train()).rejects.toThrow('already disposed');
    compile();
    await train();
  });

  it('weightNormModel and restore leave no tensor or variable behind', async () => {
    const m = model();
    expect(await leakOf(async () => (await weightNormModel(m)).restore())).toEqual({ tensors: 0, variables: 0 });
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'download %i that fails is the error when the others have ended, and the model is as it was',
    async (failing) => {
      const m = model();
      const before = m.getWeights();
      const fails = async () => {
        const reads = slowReads(failing);
        await expect(weightNormModel(m)).rejects.toThrow('a planted failure');
        expect(reads.pending()).toBe(0);
        reads.restore();
      };
      expect(await leakOf(fails)).toEqual({ tensors: 0, variables: 0 });
      expect(parametrizationsOf(m)).toEqual([]);
      expect(m.getWeights().map(({ shape }) => shape)).toEqual(before.map(({ shape }) => shape));
      (await weightNormModel(m)).restore();
    },
  );
});
