import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineSimilarity } from '../../src/statistics/cosine-similarity.ts';
import golden from '../golden/compare.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

const one = async (scalar: tf.Tensor) => (await valuesOf(scalar))[0]!;
const partner = (weight: { shape: number[]; seed: number; scale: number; zero: number }) =>
  goldenTensor({ ...weight, seed: weight.seed + 10, scale: weight.scale * 0.7, zero: weight.zero + 1 });

describe('cosineSimilarity', () => {
  it.each(golden.cases)('cosineSimilarity(a, b) equals numpy: $call', async ({ weight, delta }) => {
    const value = await one(cosineSimilarity(goldenTensor(weight), partner(weight)));
    // Units are off by under 71 * 2^-24 each (see frobeniusNorm), the staged sum of 64 terms adds as much again.
    expect(Math.abs(value - delta.cosine)).toBeLessThan(220 * 2 ** -24);
  });

  it('cosineSimilarity is 1 with itself, -1 with its negative, 0 at a right angle and with zeros', async () => {
    const a = tf.tensor1d([1, 2, 3]);
    // 3 squares of rounded units.
    expect(await one(cosineSimilarity(a, a))).toBeCloseTo(1, 6);
    expect(await one(cosineSimilarity(a, tf.neg(a)))).toBeCloseTo(-1, 6);
    expect(await one(cosineSimilarity(a, tf.tensor1d([3, 0, -1])))).toBeCloseTo(0, 6);
    expect(await one(cosineSimilarity(a, tf.zeros([3])))).toBe(0);
  });

  it('cosineSimilarity does not change with the scale of either and stays in [-1, 1]', async () => {
    const entry = fc.integer({ min: -8, max: 8 });
    const pairs = fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 30 });
    const power = fc.integer({ min: -100, max: 100 });
    await fc.assert(
      fc.asyncProperty(pairs, power, power, async (list, p, q) => {
        const [a, b] = [0, 1].map((k) => tf.tensor1d(list.map((pair) => pair[k as 0 | 1]))) as [tf.Tensor, tf.Tensor];
        const plain = await one(cosineSimilarity(a, b));
        const scaled = await one(tf.tidy(() => cosineSimilarity(tf.mul(a, 2 ** p), tf.mul(b, 2 ** q))));
        expect(Math.abs(plain)).toBeLessThanOrEqual(1);
        // Powers of 2 scale exactly as long as nothing leaves float32's normal range.
        expect(scaled).toBe(plain);
        tf.dispose([a, b]);
      }),
      { numRuns: 30 },
    );
  });

  it('cosineSimilarity has the gradient of the plain formula for both arguments', async () => {
    const a = tf.tensor1d([1, 2, -1]);
    const b = tf.tensor1d([0.5, -1, 3]);
    const plain = (x: tf.Tensor, y: tf.Tensor) =>
      tf.div(tf.sum(tf.mul(x, y)), tf.mul(tf.sqrt(tf.sum(tf.square(x))), tf.sqrt(tf.sum(tf.square(y)))));
    const expected = tf.grads(plain)([a, b]);
    const ours = tf.grads((x: tf.Tensor, y: tf.Tensor) => cosineSimilarity(x, y))([a, b]);
    for (const [i, gradient] of ours.entries()) {
      const [got, wanted] = [await valuesOf(gradient), await valuesOf(expected[i]!)];
      // Entries below 1, under ten float32 operations each.
      for (const [j, value] of got.entries()) expect(value).toBeCloseTo(wanted[j]!, 6);
    }
    const [atZero] = tf.grads((x: tf.Tensor, y: tf.Tensor) => cosineSimilarity(x, y))([tf.zeros([3]), b]);
    expect(await valuesOf(atZero!)).toEqual(new Float32Array(3));
  });

  it('cosineSimilarity makes one tensor and refuses unequal shapes, types and no entries', async () => {
    const a = tf.ones([2, 2]);
    expect(await leakOf(() => cosineSimilarity(a, a).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect(() => cosineSimilarity(a, tf.ones([4]))).toThrow(
      new RangeError('cosineSimilarity: b must have shape [2,2], got [4]'),
    );
    expect(() => cosineSimilarity(a, tf.ones([2, 2], 'int32'))).toThrow(
      new TypeError('cosineSimilarity: b must be a tensor of float32, got "int32"'),
    );
    expect(() => cosineSimilarity(tf.ones([0]), tf.ones([0]))).toThrow(RangeError);
    expect(() => cosineSimilarity(1 as unknown as tf.Tensor, a)).toThrow(TypeError);
  });
});
