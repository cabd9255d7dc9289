import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, weightsOf } from '@weightkit/core';
import { leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { constrain, standardizeWeight, weightStandardization, weightStandardizationModel } from '../../src/index.ts';

const predicted = (m: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => valuesOf(m.predict(x) as tf.Tensor);
/** A kernel with a constant unit, one that is in a nested model, and one whose units have one entry. */
function nested(): tf.LayersModel {
  const inner = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'in' })], name: 'inner' });
  const m = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [3], name: 'a' }),
      inner,
      tf.layers.dense({ units: 4, name: 'b' }),
    ],
  });
  tf.tidy(() => weightsOf(m, 'a/kernel')[0]!.write(tf.tensor2d([1, 7, 2, 7, 6, 7], [3, 2])));
  return m;
}
const kernels = async (m: tf.LayersModel) =>
  Promise.all(weightsOf(m, '**/kernel').map(async (weight) => Array.from(await valuesOf(weight.read()))));

describe('weightStandardizationModel', () => {
  for (const scaled of [false, true])
    it(`weightStandardizationModel, scaled ${scaled}: standardizes every kernel that can be, reports, trains, and folds as stock tfjs predicts`, async () => {
      const m = nested();
      const handle = await weightStandardizationModel(m, { scaled });
      const { standardized, skipped, extraParameters } = handle.report();
      expect(skipped).toEqual([{ path: 'b/kernel', reason: 'has units of one entry' }]);
      expect(standardized.map(({ path, units, constantUnits }) => [path, units, constantUnits])).toEqual([
        ['a/kernel', 2, 1],
        ['inner/in/kernel', 1, 0],
      ]);
      // The constant 7 becomes 0.
      expect(Math.abs(standardized[0]!.moved - 7)).toBeLessThan(2 ** -20);
      expect([extraParameters, handle.needsRecompile]).toEqual([scaled ? 3 : 0, scaled]);
      const wanted = await valuesOf(standardizeWeight(tf.tensor2d([1, 7, 2, 7, 6, 7], [3, 2]), { scaled }));
      expect(maxAbsDifference(await valuesOf(handle.parametrizations[0]!.value()), wanted)).toBe(0);
      m.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      const x = tf.randomNormal([4, 3], 0, 1, 'float32', 3);
      await m.fit(x, tf.ones([4, 4]), { epochs: 2, verbose: 0 });
      const trained = await predicted(m, x);
      expect(trained.every(Number.isFinite)).toBe(true);
      expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
      handle.fold();
      expect(await predicted(m, x)).toEqual(trained);
      expect(parametrizationsOf(m)).toEqual([]);
      expect(() => handle.restore()).toThrow('restore: every weight standardization must be in place, got a/kernel');
    });

  it('weightStandardizationModel: restore gives every weight back bit for bit; those standardized already are skipped; nothing leaks', async () => {
    const leak = await leakOf(async () => {
      const m = nested();
      const before = await kernels(m);
      const one = weightStandardization(m.layers[0]!);
      const handle = await weightStandardizationModel(m, { gain: true });
      expect(handle.report().skipped.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
        'a/kernel is standardized already',
        'b/kernel has units of one entry',
      ]);
      handle.restore();
      one.restore();
      expect(await kernels(m)).toEqual(before);
      const inner = m.layers[1]!;
      m.dispose();
      // Stock counts a nested model twice, and its variables stay until it goes itself.
      inner.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('weightStandardizationModel changes nothing when one weight cannot be', async () => {
    const m = nested();
    const before = await kernels(m);
    const constraint = await constrain(m, [
      { filter: 'inner/in/kernel', constraint: 'maxNorm', maxValue: 100, epsilon: 0 },
    ]);
    const held = await kernels(m);
    await expect(weightStandardizationModel(m)).rejects.toThrow('weight must not be constrained');
    expect(parametrizationsOf(m)).toEqual([]);
    expect(await kernels(m)).toEqual(held);
    constraint.restore();
    tf.tidy(() => weightsOf(m, 'a/kernel')[0]!.write(tf.tensor2d([1, 7, Number.NaN, 7, 6, 7], [3, 2])));
    await expect(weightStandardizationModel(m)).rejects.toThrow('a/kernel');
    await expect(weightStandardizationModel(m, { filter: 'none' })).rejects.toThrow('filter must match a weight');
    expect(parametrizationsOf(m)).toEqual([]);
    expect((await kernels(m)).slice(1)).toEqual(before.slice(1));
  });
});
