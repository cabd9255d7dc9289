import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type ConditionNorm, conditionNumber } from '../../src/spectral/condition-number.ts';
import { nuclearNorm } from '../../src/spectral/nuclear-norm.ts';
import { numericalRank } from '../../src/spectral/numerical-rank.ts';
import { participationRatio } from '../../src/spectral/participation-ratio.ts';
import golden from '../golden/spectral.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

describe('nuclearNorm, numericalRank, participationRatio and conditionNumber in all norms', () => {
  it.each(golden.matrices)('they equal numpy: $call', async (one) => {
    const w = goldenTensor(one.weight);
    // Singular values are off by a small multiple of (rows + cols) eps of the largest; sums of them by that times their number.
    const near = (value: number, expected: number, factor: number) =>
      expect(Math.abs(value / expected - 1)).toBeLessThan(200 * 2 ** -52 * factor);
    near(await nuclearNorm(w), one.nuclearNorm, 1);
    expect(await numericalRank(w)).toBe(one.numericalRank);
    near(await participationRatio(w), one.participationRatio, 4);
    // Small singular values, and inverses, are off by that times the condition number.
    for (const [norm, expected] of Object.entries(one.cond))
      near(
        await conditionNumber(w, { norm: (norm === '1' || norm === '2' ? Number(norm) : norm) as ConditionNorm }),
        expected,
        one.cond['2'],
      );
    w.dispose();
  });

  it('they have the closed form of a diagonal matrix', async () => {
    const w = tf.diag(tf.tensor1d([4, -2, 1]));
    expect(await nuclearNorm(w)).toBeCloseTo(7, 12);
    expect(await participationRatio(w)).toBeCloseTo(21 ** 2 / (256 + 16 + 1), 12);
    expect(await numericalRank(w)).toBe(3);
    for (const norm of [1, 'inf', 2] as const) expect(await conditionNumber(w, { norm })).toBeCloseTo(4, 12);
    expect(await conditionNumber(w, { norm: 'fro' })).toBeCloseTo(Math.sqrt(21 * (1 / 16 + 1 / 4 + 1)), 12);
    expect(await conditionNumber(w, { norm: 'nuc' })).toBeCloseTo(7 * (1 / 4 + 1 / 2 + 1), 12);
  });

  it('they are 0 for zeros, and a singular matrix has condition number Infinity in every norm', async () => {
    const zeros = tf.zeros([3, 3]);
    expect([await nuclearNorm(zeros), await numericalRank(zeros), await participationRatio(zeros)]).toEqual([0, 0, 0]);
    const one = tf.ones([3, 3]);
    expect(await numericalRank(one)).toBe(1);
    for (const w of [zeros, one])
      for (const norm of [2, 1, 'inf', 'fro', 'nuc'] as const)
        expect(await conditionNumber(w, { norm })).toBe(Number.POSITIVE_INFINITY);
  });

  it('conditionNumber refuses norms that it does not know, and sums of what is not square', async () => {
    await expect(conditionNumber(tf.ones([2, 2]), { norm: 3 as never })).rejects.toThrow(
      new TypeError("conditionNumber: norm must be 2, 1, 'inf', 'fro' or 'nuc', got 3"),
    );
    await expect(conditionNumber(tf.ones([2, 3]), { norm: 1 })).rejects.toThrow(
      new RangeError('conditionNumber: w must be square for norm 1, got [2, 3]'),
    );
  });
});
