import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask } from '../../src/masks/mask.ts';
import { prune } from '../../src/masks/prune.ts';
import { batchNormScale } from '../../src/scores/batch-norm-scale.ts';
import { fpgm } from '../../src/scores/fpgm.ts';
import type { Score } from '../../src/scores/score.ts';
import { casesOf, setWeight, spread } from '../models.ts';
import { relativeError } from './net.ts';

interface Golden {
  call: string;
  shape: number[];
  w: number[];
  sums: number[];
}

/** Roots of sums of up to 36 squares, 8 of them added: 2^6 roundings of 2^-24, 4.5 ulp for a root on WebGPU. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -14 : 2 ** -18;

describe('fpgm', () => {
  it.each(casesOf<Golden>('fpgm'))('fpgm(w) of $shape is $call at each entry of a filter', async (golden) => {
    const w = tf.tensor(golden.w, golden.shape);
    const scores = fpgm(w);
    const filters = golden.sums.length;
    const wanted = golden.w.map((_, i) => golden.sums[i % filters]!);
    expect(relativeError(await scores.data(), wanted)).toBeLessThan(TOLERANCE);
    tf.dispose([w, scores]);
  });

  it('prune(model, { score: fpgm, structure: unit }) takes the filter nearest to the others, of transposed convolutions too', async () => {
    const values = [0, 10, 4, 5];
    for (const [transposed, name] of [
      [false, 'conv2d'],
      [true, 'conv2dTranspose'],
    ] as const) {
      const layer = tf.layers[name]({ filters: 4, kernelSize: 1, inputShape: [2, 2, 2], name: 'c', useBias: false });
      const model = tf.sequential({ layers: [layer] });
      // Filter f is [v, v]: of the four on a line those in the middle have the smallest sum, 4 and 5, of which 4 is the first.
      setWeight(model, 'c/kernel', transposed ? values.flatMap((v) => [v, v]) : [...values, ...values]);
      const pruning = await prune(model, { count: 1, structure: 'unit', score: fpgm });
      // |0-4| + |10-4| + |5-4| = 11 and |0-5| + |10-5| + |4-5| = 11: of equal scores the first is kept.
      expect(pruning.report().groups[0]!.pruned).toEqual([3]);
      pruning.dispose();
      model.dispose();
    }
  });

  it('fpgm(w) does not change where all filters move, and grows by a factor with them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: -4, max: 4 }),
        async (filters, values, shift) => {
          const w = tf.tensor(
            Float32Array.from({ length: 6 * filters }, (_, i) => values[(i * 5) % 6]! + (i % 3)),
            [6, filters],
          );
          const [plain, moved, doubled] = tf.tidy(() => [fpgm(w), fpgm(tf.add(w, shift)), fpgm(tf.mul(w, 2))]);
          const scores = await plain!.data();
          // Whole numbers: differences are exact.
          expect(await moved!.data()).toEqual(scores);
          if (Math.max(...scores) > 0)
            expect(
              relativeError(
                await doubled!.data(),
                scores.map((s) => 2 * s),
              ),
            ).toBeLessThan(TOLERANCE);
          tf.dispose([w, plain!, moved!, doubled!]);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('fpgm(w) refuses vectors and leaves nothing', async () => {
    const w = tf.tensor1d([1, 2]);
    const kernel = tf.ones([3, 4]);
    const run = async () => {
      expect(() => fpgm(w)).toThrow('fpgm: w must have rank 2 or more (leave biases out by filter), got [2]');
      (await mask(kernel, { count: 1 }, { structure: { axis: 1 }, score: fpgm as Score })).dispose();
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([w, kernel]);
  });
});

function normed(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [5, 5, 2], name: 'c', useBias: false }),
      tf.layers.batchNormalization({ name: 'n' }),
      tf.layers.reLU(),
      tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'd' }),
      tf.layers.batchNormalization({ name: 'm' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, name: 'out' }),
    ],
  });
  setWeight(model, 'n/gamma', [0.5, -2, 0.25, 1]);
  setWeight(model, 'm/gamma', spread(8));
  return model;
}

describe('batchNormScale', () => {
  it('prune(model, { score: batchNormScale(model), structure: unit }) takes the units with the smallest |gamma|', async () => {
    const model = normed();
    const score = batchNormScale(model);
    const filter = ['c/kernel', 'd/depthwiseKernel'];
    const pruning = await prune(model, { count: 2, structure: 'unit', score, filter });
    const [c, d] = pruning.report().groups;
    expect(c!.pruned).toEqual([0, 2]);
    // spread(8) is a shuffle of eighths: the smallest magnitudes are 1/8 and 2/8.
    const gammas = [...spread(8)].map(Math.abs);
    expect(d!.pruned).toEqual([gammas.indexOf(0.125), gammas.indexOf(0.25)].sort());
    pruning.restore();
    // The gamma is read when the score is used.
    setWeight(model, 'n/gamma', [3, 0.125, 2, 0.0625]);
    const again = await prune(model, { count: 2, structure: 'unit', score, filter });
    expect(again.report().groups[0]!.pruned).toEqual([1, 3]);
    again.dispose();
    model.dispose();
  });

  it('batchNormScale(model) refuses models without BatchNorm, weights without one behind them, and leaves nothing', async () => {
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'out' })] });
    expect(() => batchNormScale(plain)).toThrow(
      'batchNormScale: model must have a BatchNorm with a gamma behind a layer, got ["out/kernel", "out/bias"]',
    );
    const model = normed();
    const run = () =>
      expect(prune(model, { sparsity: 0.5, score: batchNormScale(model) })).rejects.toThrow(
        'batchNormScale: weights must have a BatchNorm with a gamma behind their layer (leave others out by filter), got "out/kernel"',
      );
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    setWeight(model, 'n/gamma', [1, Number.NaN, 1, 1]);
    await expect(prune(model, { sparsity: 0.5, score: batchNormScale(model), filter: 'c/kernel' })).rejects.toThrow(
      'prune: scores must be finite, got NaN at c/kernel[1]',
    );
    plain.dispose();
    model.dispose();
  });
});
