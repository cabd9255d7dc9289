import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { correctBias, dequantize, equalize, foldBatchNorm, quantize } from '../../src/index.ts';
import { disposeModel } from '../../src/repair/rebuild.ts';
import { rectifiedMean } from '../../src/repair/rectified-mean.ts';
import { golden } from '../helpers.ts';
import { normalTensor, shake, withModel } from './helpers.ts';

/** A model whose kernels are what uint8 decodes to; biases stay. */
async function roundKernels(model: tf.LayersModel): Promise<void> {
  for (const weight of weightsOf(model))
    if (/kernel$/i.test(weight.path)) {
      const values = dequantize(quantize(await valuesOf(weight.read())));
      tf.tidy(() => weight.write(tf.tensor(values, weight.shape as number[])));
    }
}

const meansOf = (model: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => {
  const y = tf.tidy(() => tf.mean(model.predictOnBatch(x) as tf.Tensor, [0, 1, 2]));
  return valuesOf(y);
};

const net = (activation: 'relu' | 'linear' = 'linear'): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 2], activation: 'relu', name: 'conv' }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, useBias: false, activation: 'relu', name: 'deep' }),
      tf.layers.conv2d({ filters: 5, kernelSize: 1, activation, name: 'point' }),
    ],
  });

describe('correctBias', () => {
  test('rectifiedMean(mean, std, most) is what scipy integrates', () => {
    // normalCdf is good to 1e-15 of 1; the quadrature says 1e-12.
    for (const { mean, std, most, value } of golden<{ mean: number; std: number; most: number | null; value: number }>(
      'rectified-mean',
    ))
      expect(Math.abs(rectifiedMean(mean, std, most ?? undefined) - value)).toBeLessThan(1e-11 * Math.max(1, std));
  });

  test('correctBias(model, x) makes the means of a rounded model those of the model, on x', async () => {
    await withModel(net(), async (model) => {
      shake(model);
      // A common offset, which rounding then shifts.
      const x = tf.tidy(() => tf.add(normalTensor([16, 8, 8, 2]), 2));
      const { model: better, corrected, skipped, error } = await correctBias(model, x);
      expect(corrected.map(({ path, units }) => [path, units])).toEqual([
        ['conv', 4],
        ['deep', 4],
        ['point', 5],
      ]);
      expect(skipped).toEqual([]);
      const truth = await meansOf(model, x);
      await roundKernels(better);
      const means = await meansOf(better, x);
      await roundKernels(model);
      const shifted = await meansOf(model, x);
      const worst = (a: Float32Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - truth[i]!)), 0);
      const size = truth.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // Sums of up to 16 · 16 numbers and their means in float32, of random signs: √256 · 2^-24 · 2, and the biases' own rounding.
      expect(worst(means) / size).toBeLessThan(5e-6);
      expect(worst(shifted)).toBeGreaterThan(20 * worst(means));
      expect(error!.after).toBeLessThan(error!.before);
      x.dispose();
      better.dispose();
    });
  });

  test('correctBias(model, x, {dtype}) by pattern corrects for the kernels that it names alone', async () => {
    await withModel(net(), async (model) => {
      shake(model);
      const x = tf.tidy(() => tf.add(normalTensor([16, 8, 8, 2]), 2));
      const only = await correctBias(model, x, { dtype: { 'deep/*': 'uint8' } });
      const all = await correctBias(model, x);
      const largest = ({ corrected }: typeof all) => corrected.map((one) => one.largest);
      expect(largest(only)[0]).toBe(0);
      expect(largest(all)[0]).toBeGreaterThan(0);
      expect(largest(only)[1]).toBeGreaterThan(0);
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const wrong = tf.tidy(() => tf.where(tf.equal(tf.range(0, 2048), 300).reshape([16, 8, 8, 2]), bad, x));
        await expect(correctBias(model, wrong)).rejects.toThrow(
          `correctBias: data must be finite, got ${bad} at data[2][44]`,
        );
        wrong.dispose();
      }
      await expect(correctBias(model, x, { dtype: { none: 'uint8' } })).rejects.toThrow(
        'correctBias: patterns of dtype must match a weight (there are',
      );
      for (const one of [x, only.model, all.model]) one.dispose();
    });
  });

  test('correctBias(model, statistics) is (W − Ŵ) E ReLU(x) of the layers that follow one with statistics', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }),
        tf.layers.reLU({ maxValue: 6 }),
        tf.layers.dense({ units: 2, useBias: false, activation: 'tanh', name: 'b' }),
        tf.layers.dense({ units: 1, name: 'c' }),
      ],
    });
    await withModel(model, async () => {
      shake(model);
      const statistics = { a: { mean: Float32Array.of(1, 5, -2), std: Float32Array.of(1, 2, 0) } };
      const { model: better, corrected, skipped, error } = await correctBias(model, statistics);
      expect(error).toBe(null);
      expect(corrected.map(({ path }) => path)).toEqual(['b']);
      expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
        a: 'it reads an input of the model',
        c: 'b applies tanh',
      });
      const weights = new Map(weightsOf(better).map((weight) => [weight.path, weight]));
      const kernel = await valuesOf(weights.get('b/kernel')!.read());
      const bias = await valuesOf(weights.get('b/bias')!.read());
      const rounded = dequantize(quantize(kernel));
      const means = [rectifiedMean(1, 1, 6), rectifiedMean(5, 2, 6), 0];
      for (const unit of [0, 1]) {
        const shift = means.reduce((sum, mean, i) => sum + mean * (kernel[2 * i + unit]! - rounded[2 * i + unit]!), 0);
        expect(Math.abs(bias[unit]! - shift)).toBeLessThanOrEqual(2 ** -24 * Math.abs(shift) + 2 ** -60);
      }
      better.dispose();
    });
  });

  test('correctBias(model, statistics) after foldBatchNorm and equalize comes near to what data say', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 16, inputShape: [24], useBias: false, name: 'a' }),
        tf.layers.batchNormalization({ name: 'norm' }),
        tf.layers.reLU(),
        tf.layers.dense({ units: 4, name: 'b' }),
      ],
    });
    await withModel(model, async () => {
      shake(model);
      const x = tf.tensor(fillNormal(new Float32Array(2000 * 24), randomKey(9)), [2000, 24]);
      // The statistics of these data, as training ends with.
      tf.tidy(() => {
        const { mean, variance } = tf.moments(model.layers[0]!.apply(x) as tf.Tensor, 0);
        const [gamma, beta] = model.layers[1]!.getWeights();
        model.layers[1]!.setWeights([gamma!, beta!, mean, variance]);
      });
      const folded = await foldBatchNorm(model);
      const equal = await equalize(folded.model, { statistics: folded.statistics });
      const known = await correctBias(equal.model, equal.statistics);
      const seen = await correctBias(equal.model, x);
      const biasOf = async (of: tf.LayersModel) => valuesOf(weightsOf(of, 'b/bias')[0]!.read());
      const [before, a, b] = [await biasOf(equal.model), await biasOf(known.model), await biasOf(seen.model)];
      const shift = (biases: Float32Array) => biases.map((value, i) => value - before[i]!);
      const [byLaw, byData] = [shift(a), shift(b)];
      const size = Math.hypot(...byData);
      // Layer a is rounded as well, which the law does not see; its corrected means are right, its deviations by 1 %.
      expect(Math.hypot(...byLaw.map((value, i) => value - byData[i]!))).toBeLessThan(0.25 * size);
      for (const one of [folded, equal, known, seen]) one.model.dispose();
      x.dispose();
    });
  });

  test('correctBias(model, x) leaves the model as it is, with biases for layers that are shared, and leaks nothing', async () => {
    const input = tf.input({ shape: [3] });
    const twice = tf.layers.dense({ units: 3, activation: 'relu', name: 'twice' });
    const y = twice.apply(twice.apply(input)) as tf.SymbolicTensor;
    const out = tf.layers.dense({ units: 2, name: 'out' }).apply(y) as tf.SymbolicTensor;
    await withModel(tf.model({ inputs: input, outputs: out }), async (model) => {
      shake(model);
      const x = normalTensor([8, 3]);
      const before = await Promise.all(weightsOf(model).map((weight) => valuesOf(weight.read())));
      const leak = await leakOf(async () => {
        const { model: better, skipped } = await correctBias(model, x);
        expect(skipped).toEqual([
          { path: 'twice', reason: 'it is called more than once, and its bias is the same each time' },
        ]);
        // A stock model keeps what is shared in it when it is disposed.
        disposeModel(better);
        await expect(correctBias(model, { twice: {} as never })).rejects.toThrow('correctBias: mean of the statistics');
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
      expect(await Promise.all(weightsOf(model).map((weight) => valuesOf(weight.read())))).toEqual(before);
      x.dispose();
    });
  });
});
