import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveRank } from '../../src/spectral/effective-rank.ts';
import { effectiveRankOf } from '../../src/spectral/of-singular-values.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

describe('effectiveRank', () => {
  it.each(golden.cases)('effectiveRank(w) equals exp(scipy.stats.entropy(σ)): $call', async ({ weight, summary }) => {
    // d exp(H) / exp(H) = Σ |ln p + H| |dp|, each |dp| ≤ 100 eps (see spectralNorm), |ln p + H| < 10, at most 16 terms.
    expect(Math.abs((await effectiveRank(goldenTensor(weight))) / summary.effectiveRank - 1)).toBeLessThan(
      16 * 10 * 100 * 2 ** -52,
    );
  });

  it('effectiveRank(identity) is its size, that of a rank 1 matrix 1, that of zeros 0', async () => {
    expect(await effectiveRank(tf.eye(7))).toBeCloseTo(7, 12);
    expect(await effectiveRank(tf.diag(tf.tensor1d([0, 4, 0])))).toBe(1);
    expect(await effectiveRank(tf.zeros([4, 3]))).toBe(0);
  });

  it('effectiveRankOf([3, 1]) is exp(H(3/4, 1/4)) = 4 / 3^(3/4)', () => {
    expect(effectiveRankOf(Float64Array.of(3, 1))).toBeCloseTo(4 / 3 ** 0.75, 14);
  });

  it('effectiveRankOf(σ) lies between 1 and the number of values and does not change with scale', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: -900, max: 900 }), (list, power) => {
        const sigma = Float64Array.from([...list, 1])
          .sort()
          .reverse();
        const rank = effectiveRankOf(sigma);
        // A sum of up to 21 rounded terms of size below 1.
        expect(rank).toBeGreaterThan(1 - 1e-13);
        expect(rank).toBeLessThan((list.length + 1) * (1 + 1e-13));
        expect(effectiveRankOf(sigma.map((value) => value * 2 ** power))).toBe(rank);
      }),
    );
  });

  it('effectiveRank(w) names itself when it refuses', async () => {
    await expect(effectiveRank(tf.ones([2]))).rejects.toThrow(/^effectiveRank: w must have rank 2 or more/);
  });
});
