import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { frobeniusNorm } from '../../src/statistics/frobenius-norm.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

const one = async (scalar: tf.Tensor) => (await valuesOf(scalar))[0]!;

describe('frobeniusNorm', () => {
  it.each(golden.cases)('frobeniusNorm(w) equals numpy.linalg.norm: $call', async ({ weight, summary }) => {
    // Float32: 4 roundings per entry, a staged sum of at most 40 + 24 terms, one root and product: under 70 * 2^-24.
    const value = await one(frobeniusNorm(goldenTensor(weight)));
    expect(Math.abs(value / summary.l2 - 1)).toBeLessThan(70 * 2 ** -24);
  });

  it('frobeniusNorm(w) neither overflows nor vanishes at the ends of float32', async () => {
    for (const scale of [2 ** 124, 2 ** -120]) {
      const value = await one(frobeniusNorm(tf.tensor1d([3 * scale, -4 * scale])));
      // Division by 4 and by powers of 2 is exact: one rounding in the root at most.
      expect(Math.abs(value / scale - 5)).toBeLessThanOrEqual(5 * 2 ** -23);
    }
  });

  it('frobeniusNorm(w) of no entries, of a scalar and of zeros', async () => {
    expect(await one(frobeniusNorm(tf.zeros([0, 3])))).toBe(0);
    expect(await one(frobeniusNorm(tf.scalar(-2)))).toBe(2);
    expect(await one(frobeniusNorm(tf.zeros([2, 3])))).toBe(0);
  });

  it('frobeniusNorm has the gradient w / ‖w‖, and 0 at zeros', async () => {
    const gradient = tf.grad((w: tf.Tensor) => tf.mul(2, frobeniusNorm(w)));
    const at = await valuesOf(gradient(tf.tensor2d([[3], [-4]])));
    for (const [i, expected] of [1.2, -1.6].entries()) expect(at[i]).toBeCloseTo(expected, 6);
    expect(await valuesOf(gradient(tf.zeros([2, 1])))).toEqual(new Float32Array(2));
  });

  it('frobeniusNorm(w) makes one tensor, and its gradient one', async () => {
    const w = tf.ones([3, 2]);
    expect(await leakOf(() => frobeniusNorm(w).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect(
      await leakOf(() =>
        tf
          .grad((x: tf.Tensor) => frobeniusNorm(x))(w)
          .dispose(),
      ),
    ).toEqual({
      tensors: 0,
      variables: 0,
    });
  });

  it('frobeniusNorm(w) refuses other types', () => {
    expect(() => frobeniusNorm(tf.tensor1d([1], 'int32'))).toThrow(
      new TypeError('frobeniusNorm: w must be a tensor of float32, got "int32"'),
    );
    expect(() => frobeniusNorm(3 as unknown as tf.Tensor)).toThrow(TypeError);
  });
});
