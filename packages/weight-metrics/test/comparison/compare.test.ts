import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, type MatchedDelta } from '../../src/comparison/compare.ts';
import { snapshot } from '../../src/comparison/snapshot.ts';
import golden from '../golden/compare.json' with { type: 'json' };
import { float64Error, goldenValues } from '../golden-values.ts';

const modelOf = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
const one = async (before: Float32Array, after: Float32Array) =>
  (await compare(new Map([['w', before]]), new Map([['w', after]])))[0] as MatchedDelta;

describe('compare', () => {
  it.each(golden.cases)('compare equals numpy: $call', async ({ weight, delta }) => {
    const { shape, seed, scale, zero } = weight;
    const after = goldenValues({ shape, seed: seed + 10, scale: scale * 0.7, zero: zero + 1 });
    const got = await one(goldenValues(weight), after);
    for (const [field, expected] of Object.entries(delta)) {
      const value = got[field as keyof typeof delta];
      // Sums of n float64 terms; the cosine's terms cancel, so that its error is against 1.
      const size = field === 'cosine' ? 1 : Math.abs(expected);
      expect(Math.abs(value - expected), field).toBeLessThanOrEqual(2 * float64Error(got.parameters) * size);
    }
  });

  it('compare(model, model) finds nothing', async () => {
    const model = modelOf();
    const deltas = await compare(model, model);
    expect(deltas).toMatchObject([
      { path: 'out/kernel', matched: true, parameters: 6, l2: 0, relative: 0, maxAbs: 0, signFlips: 0 },
      { path: 'out/bias', matched: true, l2: 0, relative: 0, cosine: 0 },
    ]);
    // One rounding of each norm, one of the quotient.
    expect((deltas[0] as MatchedDelta).cosine).toBeCloseTo(1, 14);
  });

  it('compare(snapshot, model) counts sign flips and zeros gained and lost', async () => {
    const model = modelOf();
    const [kernel] = weightsOf(model, 'out/kernel');
    kernel!.write(
      tf.tensor2d([
        [1, -2],
        [0, 0],
        [3, 5],
      ]),
    );
    const before = await snapshot(model);
    kernel!.write(
      tf.tensor2d([
        [-1, 2],
        [4, 0],
        [0, 5],
      ]),
    );
    const [delta] = (await compare(before, model)) as MatchedDelta[];
    // Differences 2, 4, 4, 0, 3, 0; ‖before‖² = 39, ‖after‖² = 46, dot = -1 - 4 + 25.
    expect(delta).toMatchObject({ l2: Math.sqrt(45), maxAbs: 4, signFlips: 2, zerosGained: 1, zerosLost: 1 });
    expect(delta!.relative).toBeCloseTo(Math.sqrt(45 / 39), 14);
    expect(delta!.cosine).toBeCloseTo(20 / Math.sqrt(39 * 46), 14);
  });

  it('compare from zeros has relative Infinity and cosine 0', async () => {
    expect(await one(new Float32Array(2), Float32Array.of(3, 4))).toMatchObject({
      l2: 5,
      relative: Number.POSITIVE_INFINITY,
      cosine: 0,
      zerosLost: 2,
    });
  });

  it('compare lists what has no partner or another shape, with the reason', async () => {
    const small = { a: tf.variable(tf.zeros([2, 3])), b: tf.variable(tf.zeros([1])) };
    const other = { a: tf.variable(tf.zeros([3, 2])), c: tf.variable(tf.zeros([1])) };
    expect(await compare(small, other)).toEqual([
      { path: 'a', matched: false, reason: '[2,3] before, [3,2] after' },
      { path: 'b', matched: false, reason: 'only before' },
      { path: 'c', matched: false, reason: 'only after' },
    ]);
    const short = new Map([['a', new Float32Array(5)]]);
    expect(await compare(small, short)).toContainEqual({
      path: 'a',
      matched: false,
      reason: '[2,3] before, 5 entries after',
    });
  });

  it('compare is symmetric in l2, cosine and sign flips, swaps zeros, and obeys the triangle inequality', async () => {
    const entry = fc.integer({ min: -4, max: 4 });
    const list = fc.array(fc.tuple(entry, entry, entry), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(list, async (rows) => {
        const [a, b, c] = [0, 1, 2].map((k) => Float32Array.from(rows, (row) => row[k as 0]));
        const [ab, ba, ac, cb] = [await one(a!, b!), await one(b!, a!), await one(a!, c!), await one(c!, b!)];
        expect([ba.l2, ba.cosine, ba.signFlips, ba.maxAbs]).toEqual([ab.l2, ab.cosine, ab.signFlips, ab.maxAbs]);
        expect([ba.zerosLost, ba.zerosGained]).toEqual([ab.zerosGained, ab.zerosLost]);
        expect(ab.l2).toBeLessThanOrEqual((ac.l2 + cb.l2) * (1 + 1e-15));
      }),
    );
  });

  it('compare counts NaN and infinity of each weight and measures the rest', async () => {
    const before = Float32Array.of(1, Number.NaN, 3, 0, 5);
    const after = Float32Array.of(2, 1, Number.NEGATIVE_INFINITY, 4, 5);
    expect(await one(before, after)).toEqual({
      path: 'w',
      pathAfter: 'w',
      matched: true,
      parameters: 5,
      changed: 4,
      nonFinite: 2,
      l2: Math.sqrt(17),
      relative: expect.closeTo(Math.sqrt(17 / 26), 14),
      cosine: expect.closeTo(27 / Math.sqrt(26 * 45), 14),
      maxAbs: 4,
      signFlips: 0,
      zerosGained: 0,
      zerosLost: 1,
    });
    const nan = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0);
    expect(await one(nan, Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 0))).toMatchObject({ changed: 0 });
    const model = modelOf();
    weightsOf(model, 'out/bias')[0]!.write(tf.tensor1d([Number.NaN, 0]));
    expect(await compare(model, await snapshot(model))).toMatchObject([
      { path: 'out/kernel', nonFinite: 0, l2: 0 },
      { path: 'out/bias', nonFinite: 1, l2: 0 },
    ]);
    expect(await one(new Float32Array(2).fill(Number.NaN), new Float32Array(2))).toMatchObject({ nonFinite: 2, l2: 0 });
  });

  it('compare takes entries at the ends of float32 as they are', async () => {
    for (const size of [3e38, 2 ** -149]) {
      const delta = await one(Float32Array.of(size, size), Float32Array.of(size, -size));
      const x = Math.fround(size);
      // 2x / (√2 x): one rounding in each of the root and the quotient.
      expect(delta).toMatchObject({ maxAbs: 2 * x, l2: 2 * x, cosine: 0, signFlips: x ** 2 > 0 ? 1 : 0 });
      expect(Math.abs(delta.relative - Math.SQRT2)).toBeLessThan(2 ** -51);
      expect((await one(Float32Array.of(size, size), Float32Array.of(size, size))).cosine).toBe(1);
    }
  });

  it('compare refuses maps of something else, and leaves no tensors', async () => {
    const model = modelOf();
    await expect(compare(new Map([['a', [1]]]) as never, model)).rejects.toThrow(
      new TypeError('compare: before must map paths to Float32Arrays, as a snapshot does, got [1]'),
    );
    expect(await leakOf(() => compare(model, model))).toEqual({ tensors: 0, variables: 0 });
  });
});
