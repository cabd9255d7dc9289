import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparsity } from '../../src/statistics/sparsity.ts';

describe('sparsity', () => {
  it('sparsity(w) counts 0 and -0, and neither NaN nor the smallest numbers', async () => {
    expect(await valuesOf(sparsity(tf.tensor1d([0, -0, 1, Number.NaN, 1e-37, -1, 0, 2])))).toEqual(
      Float32Array.of(3 / 8),
    );
  });

  it('sparsity(w) is zeros / entries for any tensor', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 1, maxLength: 60 }), async (list) => {
        const w = tf.tensor2d(list, [1, list.length]);
        const zeros = list.filter((value) => value === 0).length;
        expect(await valuesOf(sparsity(w))).toEqual(Float32Array.of(zeros / list.length));
        w.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it('sparsity(w) reads int32 and scalars', async () => {
    expect(await valuesOf(sparsity(tf.tensor1d([0, 5], 'int32')))).toEqual(Float32Array.of(0.5));
    expect(await valuesOf(sparsity(tf.scalar(0)))).toEqual(Float32Array.of(1));
  });

  it('sparsity(w) counts a large weight exactly', async () => {
    const w = tf.concat([tf.zeros([1, 2 ** 17]), tf.ones([1, 1])], 1);
    expect(await valuesOf(sparsity(w))).toEqual(Float32Array.of(2 ** 17 / (2 ** 17 + 1)));
    w.dispose();
  });

  it('sparsity(w) makes one tensor, keeps w, and refuses empty tensors and what is none', async () => {
    const w = tf.zeros([2, 2]);
    expect(await leakOf(() => sparsity(w).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect(() => sparsity(tf.zeros([0, 2]))).toThrow(new RangeError('sparsity: w must have entries, got [0, 2]'));
    expect(() => sparsity([0] as unknown as tf.Tensor)).toThrow(
      new TypeError('sparsity: w must be a tensor of float32, int32 or bool, got [0]'),
    );
  });
});
