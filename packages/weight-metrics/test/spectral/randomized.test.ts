import * as tf from '@tensorflow/tfjs';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { randomized } from '../../src/spectral/randomized.ts';

const noise = (seed: number) => tf.tensor2d(fillNormal(new Float32Array(30 * 20), randomKey(seed)), [30, 20]);

describe('randomized', () => {
  it('randomized of independent entries finds nothing that stands out', async () => {
    const { above, softRank, distance, largest } = await randomized(noise(1), { samples: 20 });
    expect(above).toBe(0);
    expect(Math.abs(softRank - 1)).toBeLessThan(0.3);
    // The distance of 20 and 400 values of one law is above 1.63 √(1/20 + 1/400) in 1 % of cases (Kolmogorov and Smirnov).
    expect(distance).toBeLessThan(1.63 * Math.sqrt(1 / 20 + 1 / 400));
    expect(largest.length).toBe(20);
  });

  it('randomized counts planted directions, each as strong as 3 times the bulk', async () => {
    const directions = [0, 1, 2].map((i) => {
      const wave = (n: number) =>
        tf.tensor1d(Array.from({ length: n }, (_, k) => Math.cos((Math.PI * (i + 1) * (k + 0.5)) / n)));
      // Waves of length √(n / 2) each: a singular value of 30.
      return tf.mul(tf.outerProduct(wave(30), wave(20)), 30 / Math.sqrt(15 * 10));
    });
    expect((await randomized(tf.addN([noise(2), ...directions]))).above).toBe(3);
  });

  it('randomized has the closed form of a matrix of rank 1 with one entry: any order has the same singular value', async () => {
    const w = tf.tensor2d([5, 0, 0, 0, 0, 0], [3, 2]);
    expect(await randomized(w, { samples: 3 })).toEqual({
      largest: Float64Array.of(5, 5, 5),
      above: 0,
      softRank: 1,
      distance: 0,
    });
    expect(await randomized(tf.zeros([2, 2]), { samples: 1 })).toEqual({
      largest: Float64Array.of(0),
      above: 0,
      softRank: 1,
      distance: 0,
    });
    const ones = await randomized(tf.ones([4, 3]));
    expect([ones.above, Math.abs(ones.softRank - 1) < 1e-12]).toEqual([0, true]);
  });

  it('randomized has distance 1 where no value of one spectrum is within the other, and one half where half are', async () => {
    // The identity has σ = 1 twice; of its orders all with both ones in one row or column have σ = √2 and 0.
    const { largest, distance } = await randomized(tf.eye(2), { samples: 100 });
    const equal = largest.filter((value) => Math.abs(value - 1) < 1e-12).length;
    // Two of six places of two ones are diagonals: 33 of 100, four standard deviations to either side.
    expect(Math.abs(equal - 33)).toBeLessThan(19);
    expect(distance).toBeCloseTo((100 - equal) / 200, 12);
  });

  it('randomized draws from its seed alone, refuses wrong options, and leaves no tensors', async () => {
    const w = noise(3);
    expect(await randomized(w, { seed: 1 })).toEqual(await randomized(w, { seed: 1 }));
    expect((await randomized(w, { seed: 1 })).largest).not.toEqual((await randomized(w, { seed: 2 })).largest);
    const refuses = (tensor: tf.Tensor, options: unknown, says: string) =>
      expect(randomized(tensor, options as object)).rejects.toThrow(`randomized: ${says}`);
    await refuses(w, { samples: 0 }, 'samples must be an integer from 1 to 1000, got 0');
    await refuses(w, { seed: 0.5 }, 'seed must be a safe integer, got 0.5');
    await refuses(w, { order: 1 }, 'options must be among samples, seed');
    await refuses(tf.tensor1d([1]), {}, 'w must have rank 2 or more and entries, got [1]');
    await refuses(tf.fill([2, 2], Number.NaN), {}, 'entries must be finite, got NaN at w[0]');
    expect(await leakOf(() => randomized(w))).toEqual({ tensors: 0, variables: 0 });
  });
});
