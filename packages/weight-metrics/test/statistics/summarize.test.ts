import * as tf from '@tensorflow/tfjs';
import { parametrize } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { summarize, type WeightSummary } from '../../src/statistics/summarize.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { float64Error } from '../golden-values.ts';
import { goldenTensor } from '../golden-weight.ts';

const modelOf = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2], name: 'conv' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, name: 'out' }),
    ],
  });

describe('summarize', () => {
  it.each(golden.cases)('summarize equals numpy and scipy: $call', async ({ weight, summary }) => {
    const variable = tf.variable(goldenTensor(weight));
    const [got] = await summarize({ w: variable });
    variable.dispose();
    const n = got!.parameters;
    const sums = float64Error(n);
    // Sums of n float64 terms; in the mean and the skewness terms cancel, by a factor below 1000 in these weights. The
    // effective rank is off by 16 * 10 * 100 eps (see effectiveRank), the other spectral fields by less.
    const tolerance: Partial<Record<string, number>> = {
      mean: 1000 * sums,
      skewness: 1000 * sums,
      conditionNumber: 200 * 2 ** -52 * summary.conditionNumber,
      effectiveRank: 16_000 * 2 ** -52,
    };
    for (const [field, expected] of Object.entries(summary)) {
      const value = got![field as keyof typeof summary]!;
      const relative = Math.abs(value - expected) / (Math.abs(expected) || 1);
      expect(relative, field).toBeLessThanOrEqual(tolerance[field] ?? 4 * sums);
    }
  });

  it('summarize(model) has every weight in order, with shape, parameters and trainable', async () => {
    const model = modelOf();
    model.layers[0]!.trainable = false;
    const summaries = await summarize(model);
    expect(summaries.map(({ path, shape, parameters, trainable }) => [path, shape, parameters, trainable])).toEqual([
      ['conv/bias', [3], 3, false],
      ['conv/kernel', [2, 2, 2, 3], 24, false],
      ['norm/gamma', [3], 3, true],
      ['norm/beta', [3], 3, true],
      ['norm/movingMean', [3], 3, false],
      ['norm/movingVariance', [3], 3, false],
      ['out/kernel', [27, 2], 54, true],
      ['out/bias', [2], 2, true],
    ]);
    expect(summaries.map(({ skipped }) => skipped)).toEqual(
      [1, null, 1, 1, 1, 1, null, 1].map((one) => one && 'not a kernel of rank 2 or more'),
    );
    expect(summaries[0]).toMatchObject({ zeros: 3, sparsity: 1, spectralNorm: null, conditionNumber: null });
  });

  it('summarize counts NaN and infinity and goes on without them', async () => {
    const variable = tf.variable(
      tf.tensor2d([
        [1, Number.NaN],
        [Number.NEGATIVE_INFINITY, 0],
      ]),
    );
    expect(await summarize([variable])).toMatchObject([
      {
        parameters: 4,
        count: 2,
        nonFinite: 2,
        mean: 0.5,
        max: 1,
        sparsity: 0.25,
        spectralNorm: null,
        stableRank: null,
        conditionNumber: null,
        effectiveRank: null,
        skipped: '2 entries are not finite',
      },
    ] satisfies Partial<WeightSummary>[]);
  });

  it('summarize of zeros has norm and ranks 0 and condition number Infinity', async () => {
    expect(await summarize([tf.variable(tf.zeros([3, 2]))])).toMatchObject([
      {
        spectralNorm: 0,
        stableRank: 0,
        effectiveRank: 0,
        conditionNumber: Number.POSITIVE_INFINITY,
        sparsity: 1,
        skipped: null,
      },
    ]);
  });

  it('summarize of a weight without entries has no NaN sparsity and a reason', async () => {
    expect(await summarize([tf.variable(tf.zeros([0, 2]))])).toMatchObject([
      { parameters: 0, sparsity: 0, skipped: 'no entries' },
    ]);
  });

  it('summarize reads the effective weight of a parametrization', async () => {
    const model = modelOf();
    const filter = 'out/kernel';
    const [before] = await summarize(model, { filter });
    parametrize(model.layers[3]!, 'kernel', { forward: (w) => tf.mul(w, -0.5) });
    const [after] = await summarize(model, { filter });
    // Halves are exact.
    expect(after!.l2).toBe(before!.l2! / 2);
    expect(after!.max).toBe(-before!.min! / 2);
    expect(after!.conditionNumber).toBeCloseTo(before!.conditionNumber!, 12);
  });

  it('summarize(model, { spectra: false }) and a maxCost below the cost give the reason', async () => {
    const model = modelOf();
    const filter = 'out/kernel';
    expect(await summarize(model, { filter, spectra: false })).toMatchObject([
      { spectralNorm: null, skipped: 'spectra is false' },
    ]);
    // 27 rows, 2 columns: 27 * 2 * 2.
    expect(await summarize(model, { filter, maxCost: 107 })).toMatchObject([
      { spectralNorm: null, skipped: 'rows * cols * min(rows, cols) is 108, above maxCost 107' },
    ]);
    expect(await summarize(model, { filter, maxCost: 108 })).toMatchObject([{ skipped: null }]);
    expect(await summarize(model, { filter, maxCost: 0 })).toMatchObject([{ spectralNorm: null }]);
  });

  it('summarize leaves no tensors', async () => {
    const model = modelOf();
    expect(await leakOf(() => summarize(model))).toEqual({ tensors: 0, variables: 0 });
  });

  it('summarize refuses bad options', async () => {
    const model = modelOf();
    await expect(summarize(model, { filters: 'out/*' } as object)).rejects.toThrow(
      new TypeError('summarize: options must be among filter, spectra, maxCost, got "filters"'),
    );
    await expect(summarize(model, { maxCost: Number.NaN })).rejects.toThrow(
      new RangeError('summarize: maxCost must be 0 or more, got NaN'),
    );
    await expect(summarize(model, { spectra: 1 as unknown as boolean })).rejects.toThrow(TypeError);
    await expect(summarize(model, { filter: 'none' })).rejects.toThrow(RangeError);
  });
});
