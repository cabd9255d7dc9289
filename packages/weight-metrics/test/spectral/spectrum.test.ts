import * as tf from '@tensorflow/tfjs';
import { haarOrthogonal, randomKey } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spectrum } from '../../src/spectral/spectrum.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

describe('spectrum', () => {
  it.each(golden.cases)('spectrum(w) equals numpy.linalg.svd: $call', async ({ weight, spectrum: expected }) => {
    const w = goldenTensor(weight);
    const values = await spectrum(w);
    w.dispose();
    expect(values).toHaveLength(expected.length);
    // Both algorithms are backward stable: each σ is off by a small multiple of (rows + cols) eps σ1.
    const tolerance = (w.size / weight.shape.at(-1)! + weight.shape.at(-1)!) * 2 ** -52 * expected[0]!;
    for (const [i, value] of values.entries())
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(4 * tolerance);
  });

  it('spectrum(diagonal) is the sorted magnitudes of the diagonal', async () => {
    const w = tf.diag(tf.tensor1d([2, -5, 0, 3]));
    expect(Array.from(await spectrum(w))).toEqual([5, 3, 2, 0]);
  });

  it('spectrum(w) reads all axes but the last as rows', async () => {
    const w = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 2]);
    expect(await spectrum(w)).toEqual(await spectrum(tf.reshape(w, [4, 2])));
  });

  it('spectrum(s Q w) is s times spectrum(w) for orthogonal Q', async () => {
    const w = goldenTensor({ shape: [6, 9], seed: 5, scale: 1, zero: 4 });
    const expected = await spectrum(w);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: -20, max: 20 }), async (seed, power) => {
        const q = tf.tensor2d(Float32Array.from(haarOrthogonal(6, 6, randomKey(seed))), [6, 6]);
        const turned = await spectrum(tf.tidy(() => tf.mul(tf.matMul(q, tf.reshape(w, [6, 9])), 2 ** power)));
        // Q is rounded to float32 and so is the product: (6 terms + 2 roundings) of 2^-24 on each of 6 rows' entries.
        const tolerance = 8 * 2 ** -24 * Math.sqrt(6) * expected[0]!;
        for (const [i, value] of turned.entries())
          expect(Math.abs(value / 2 ** power - expected[i]!)).toBeLessThanOrEqual(tolerance);
      }),
      { numRuns: 20 },
    );
  });

  it('spectrum(w) leaves no tensors and keeps w', async () => {
    const w = tf.ones([3, 2]);
    expect(await leakOf(() => spectrum(w))).toEqual({ tensors: 0, variables: 0 });
    expect(w.isDisposed).toBe(false);
  });

  it('spectrum(w) refuses vectors, no entries, non-finite entries and what is no tensor', async () => {
    await expect(spectrum(tf.ones([4]))).rejects.toThrow(
      new RangeError('spectrum: w must have rank 2 or more and entries, got [4]'),
    );
    await expect(spectrum(tf.ones([0, 2]))).rejects.toThrow(RangeError);
    await expect(spectrum(tf.tensor2d([[1, 2, Number.NaN]]))).rejects.toThrow(
      new RangeError('spectrum: entries must be finite, got NaN at w[2]'),
    );
    await expect(spectrum([[1]] as unknown as tf.Tensor)).rejects.toThrow(TypeError);
  });
});
