import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amount } from '../../src/masks/amount.ts';
import { mask } from '../../src/masks/mask.ts';
import { casesOf } from '../models.ts';

interface L1Case {
  call: string;
  shape: number[];
  amount: number;
  w: number[];
  mask: number[];
}

async function maskOf(values: ArrayLike<number>, amount: Amount): Promise<number[]> {
  const w = tf.tensor1d(Float32Array.from(values));
  const m = await mask(w, amount).finally(() => w.dispose());
  return Array.from(await valuesOf(m));
}

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });

describe('mask', () => {
  it.each(casesOf<L1Case>('l1'))('mask(w, amount) is the mask of torch.nn.utils.$call', async (golden) => {
    const w = tf.tensor(golden.w, golden.shape);
    const count = Number.isInteger(golden.amount);
    const m = await mask(w, count ? { count: golden.amount } : { sparsity: golden.amount });
    expect(m.shape).toEqual(golden.shape);
    expect(m.dtype).toBe('float32');
    expect(Array.from(await valuesOf(m))).toEqual(golden.mask);
    w.dispose();
  });

  it('mask(w, { sparsity }) keeps the lowest indices of a constant', async () => {
    expect(await maskOf([2, 2, 2, 2, 2], { sparsity: 0.5 })).toEqual([1, 1, 1, 0, 0]);
    expect(await maskOf([0, -0, 0], { count: 2 })).toEqual([1, 0, 0]);
    expect(await maskOf([1, -1, 1, -1], { count: 1 })).toEqual([1, 1, 1, 0]);
  });

  it('mask(w, { sparsity }) has exactly round-half-even(sparsity * n) zeros, at the smallest magnitudes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(finite, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (values, sparsity) => {
          const m = await maskOf(values, { sparsity });
          const zeros = m.filter((b) => b === 0).length;
          const exact = sparsity * values.length;
          expect(Math.abs(zeros - exact)).toBeLessThanOrEqual(0.5);
          if (Math.abs(zeros - exact) === 0.5) expect(zeros % 2).toBe(0);
          const of = (bit: number) => values.filter((_, i) => m[i] === bit).map(Math.abs);
          expect(Math.max(...of(0), 0)).toBeLessThanOrEqual(Math.min(...of(1), Number.POSITIVE_INFINITY));
        },
      ),
      { numRuns: 60, seed: 2 },
    );
  });

  it('mask(w, { count }) moves with the entries: permuted distinct magnitudes have the permuted mask', async () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 });
    const input = distinct.chain((values) =>
      fc.tuple(
        fc.constant(values),
        fc.shuffledSubarray(
          values.map((_, i) => i),
          { minLength: values.length },
        ),
        fc.nat(values.length),
      ),
    );
    await fc.assert(
      fc.asyncProperty(input, async ([values, order, count]) => {
        const m = await maskOf(values, { count });
        const moved = await maskOf(
          order.map((i) => values[i]!),
          { count },
        );
        expect(moved).toEqual(order.map((i) => m[i]));
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('mask(w, amount, { score }) keeps the largest scores, negative ones included', async () => {
    const w = tf.tensor1d([5, -4, 3, -2]);
    const m = await mask(w, { count: 2 }, { score: (x) => tf.neg(x) });
    expect(Array.from(await valuesOf(m))).toEqual([0, 1, 0, 1]);
    w.dispose();
  });

  it('mask(w, amount) handles a scalar and a tensor without entries', async () => {
    const scalar = tf.scalar(3);
    const empty = tf.zeros([0, 4]);
    const m = await mask(scalar, { sparsity: 0.5 });
    expect([m.shape, Array.from(await valuesOf(m))]).toEqual([[], [1]]);
    const e = await mask(empty, { sparsity: 0.5 });
    expect(e.shape).toEqual([0, 4]);
    tf.dispose([scalar, empty, e]);
  });

  it('mask(w, amount) leaves one tensor, the result, and none after a failure', async () => {
    const w = tf.tensor1d([1, Number.NaN, 3]);
    const good = tf.tensor1d([1, 2, 3]);
    expect(await leakOf(async () => (await mask(good, { count: 1 })).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect((await leakOf(() => mask(w, { count: 1 }).catch(() => undefined))).tensors).toBe(0);
    tf.dispose([w, good]);
  });

  it('mask(w, amount) refuses what it cannot mean', async () => {
    const w = tf.tensor1d([1, Number.NaN, 3]);
    await expect(mask(w, { count: 1 })).rejects.toThrow(
      new RangeError('mask: weights must be finite, got NaN at w[1]'),
    );
    await expect(mask(w, { sparsity: 1 })).rejects.toThrow('mask: sparsity must be in [0, 1), got 1');
    await expect(mask(w, { count: 4 })).rejects.toThrow(
      'mask: count must be at most 3, the number of entries of w, got 4',
    );
    await expect(mask(w, { sparsity: 0.5, scope: 'layer' } as Amount)).rejects.toThrow(TypeError);
    await expect(mask(w, { count: 1 }, { scor: 1 } as object)).rejects.toThrow(
      new TypeError('mask: options must be among score, structure, reduce, multipleOf, got "scor"'),
    );
    await expect(mask(w, { count: 1 }, { score: 'L1' } as object)).rejects.toThrow('mask: score must be a function');
    await expect(mask([1, 2] as unknown as tf.Tensor, { count: 1 })).rejects.toThrow('mask: w must be a tensor');
    w.dispose();
  });
});
