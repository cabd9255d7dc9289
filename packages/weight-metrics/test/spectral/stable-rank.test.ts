import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stableRankOf } from '../../src/spectral/of-singular-values.ts';
import { stableRank } from '../../src/spectral/stable-rank.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

describe('stableRank', () => {
  it.each(golden.cases)('stableRank(w) equals numpy ‖w‖² / σ1²: $call', async ({ weight, summary }) => {
    // A square doubles the relative error of σ1 (see spectralNorm) and of the norm.
    expect(Math.abs((await stableRank(goldenTensor(weight))) / summary.stableRank - 1)).toBeLessThan(400 * 2 ** -52);
  });

  it('stableRank(identity) is its size, that of a rank 1 matrix 1, that of zeros 0', async () => {
    expect(await stableRank(tf.eye(7))).toBe(7);
    expect(await stableRank(tf.ones([4, 3]))).toBeCloseTo(1, 14);
    expect(await stableRank(tf.zeros([4, 3]))).toBe(0);
  });

  it('stableRankOf(σ) lies between 1 and the number of values and does not change with scale', () => {
    const positive = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(positive, fc.integer({ min: -900, max: 900 }), (list, power) => {
        const sigma = Float64Array.from(list).sort().reverse();
        const rank = stableRankOf(sigma);
        expect(rank).toBeGreaterThanOrEqual(1);
        expect(rank).toBeLessThanOrEqual(list.length);
        expect(stableRankOf(sigma.map((value) => value * 2 ** power))).toBe(rank);
      }),
    );
  });

  it('stableRank(w) names itself when it refuses', async () => {
    await expect(stableRank(tf.ones([2]))).rejects.toThrow(/^stableRank: w must have rank 2 or more/);
  });
});
