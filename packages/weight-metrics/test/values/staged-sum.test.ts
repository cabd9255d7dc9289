import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { stagedSum } from '../../src/values/staged-sum.ts';

describe('stagedSum', () => {
  it('stagedSum(x) is the sum of all entries at any rank', async () => {
    for (const [x, sum] of [
      [tf.scalar(3), 3],
      [tf.tensor1d([1, 2]), 3],
      [tf.ones([2, 3, 4]), 24],
      [tf.zeros([0, 2]), 0],
    ] as const)
      expect(await valuesOf(stagedSum(x))).toEqual(Float32Array.of(sum));
  });

  it('stagedSum(x) of a matrix stays near float64 where one run of float32 additions drifts', async () => {
    // 2^18 times 0.1: in one run each addition rounds by up to 2^-24 of the sum so far; in two stages of 512 the bound is
    // 1024 * 2^-24 of it.
    const x = tf.fill([512, 512], 0.1);
    const [sum] = await valuesOf(stagedSum(x));
    x.dispose();
    expect(Math.abs(sum! / (2 ** 18 * Math.fround(0.1)) - 1)).toBeLessThan(1024 * 2 ** -24);
  });
});
