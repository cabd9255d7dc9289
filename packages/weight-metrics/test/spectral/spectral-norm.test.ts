import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { spectralNorm } from '../../src/spectral/spectral-norm.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

describe('spectralNorm', () => {
  it.each(golden.cases)('spectralNorm(w) equals numpy.linalg.svd: $call', async ({ weight, summary }) => {
    // σ1 is off by a small multiple of (rows + cols) eps of itself; 100 eps covers the at most 45 rows and columns here.
    expect(Math.abs((await spectralNorm(goldenTensor(weight))) / summary.spectralNorm - 1)).toBeLessThan(
      100 * 2 ** -52,
    );
  });

  it('spectralNorm(u vᵀ) is ‖u‖ ‖v‖', async () => {
    const w = tf.outerProduct(tf.tensor1d([3, 4]), tf.tensor1d([5, 12]));
    expect(await spectralNorm(w)).toBeCloseTo(5 * 13, 12);
  });

  it('spectralNorm(zeros) is 0', async () => {
    expect(await spectralNorm(tf.zeros([3, 2]))).toBe(0);
  });

  it('spectralNorm(w) names itself when it refuses', async () => {
    await expect(spectralNorm(tf.scalar(1))).rejects.toThrow(/^spectralNorm: w must have rank 2 or more/);
  });
});
