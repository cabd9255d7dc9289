import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
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

  it("compare(before, after, { match: 'name' }) takes paths letter by letter", async () => {
    const model = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    const [one, other] = [model(), model()];
    expect((await compare(one, other)).every(({ matched }) => matched)).toBe(true);
    const deltas = await compare(one, other, { match: 'name' });
    expect(deltas.map((delta) => (delta.matched ? null : delta.reason))).toEqual([
      'only before',
      'only before',
      'only after',
      'only after',
    ]);
    expect((await compare(one, one, { match: 'name' })).every(({ matched }) => matched)).toBe(true);
    await expect(compare(one, one, { match: 'order' as never })).rejects.toThrow(
      "compare: match must be 'place', 'name' or 'shape', got \"order\"",
    );
  });

  it("compare(before, after, { match: 'shape' }) pairs layers of the same shapes, the nearest by sorted values", async () => {
    const value = (shape: number[], seed: number) =>
      tf.variable(tf.tensor(goldenValues({ shape, seed, scale: 1, zero: 1000 }), shape));
    const before = {
      'a/w': value([2, 3], 1),
      'a/b': value([3], 2),
      'b/w': value([2, 3], 3),
      'b/b': value([3], 4),
      c: value([5], 5),
    };
    // The two layers change places and names, and their entries too.
    const after = {
      'x/w': tf.variable(tf.reverse(value([2, 3], 3))),
      'x/b': value([3], 4),
      'y/w': value([2, 3], 1),
      'y/b': value([3], 2),
      z: value([4], 5),
    };
    const deltas = await compare(before, after, { match: 'shape' });
    expect(
      deltas.map((delta) => (delta.matched ? `${delta.path} ${delta.pathAfter}` : `${delta.path}: ${delta.reason}`)),
    ).toEqual(['a/w y/w', 'a/b y/b', 'b/w x/w', 'b/b x/b', 'c: only before', 'z: only after']);
    expect(deltas.slice(0, 2).map((delta) => (delta as MatchedDelta).l2)).toEqual([0, 0]);
    expect((deltas[2] as MatchedDelta).l2).toBeGreaterThan(0);
    tf.dispose([before, after]);
  });

  it('compare(model, checkpoint) compares a model with an opened file, of other types and with strings too', async () => {
    const model = modelOf();
    const [kernel] = weightsOf(model, 'out/kernel');
    kernel!.write(
      tf.tensor2d([
        [1, -2],
        [0, 0],
        [3, 5],
      ]),
    );
    const checkpoint = await openCheckpoint({
      weightSpecs: [
        { name: 'out/kernel', shape: [3, 2], dtype: 'int32' },
        { name: 'out/bias', shape: [2], dtype: 'float32' },
        { name: 'words', shape: [1], dtype: 'string' },
      ],
      weightData: Uint8Array.of(
        ...new Uint8Array(Int32Array.of(1, -2, 0, 0, 3, 6).buffer),
        ...new Uint8Array(Float32Array.of(0, Number.NaN).buffer),
        ...[1, 0, 0, 0, 65],
      ).buffer,
    } as never);
    expect(await compare(model, checkpoint)).toMatchObject([
      { path: 'out/kernel', matched: true, l2: 1, maxAbs: 1, changed: 1 },
      { path: 'out/bias', matched: true, l2: 0, nonFinite: 1 },
      { path: 'words', matched: false, reason: 'only after' },
    ]);
    expect(await compare(checkpoint, checkpoint)).toMatchObject([
      { l2: 0 },
      { l2: 0 },
      { reason: 'string entries are no real numbers: 0 of 1 differ' },
    ]);
    expect(await leakOf(() => compare(model, checkpoint))).toEqual({ tensors: 0, variables: 0 });
  });

  it('compare takes float64 entries of any size as they are', async () => {
    const huge = new Map([['w', Float64Array.of(3e200, 0)]]) as never;
    const other = new Map([['w', Float64Array.of(0, 4e200)]]) as never;
    const [delta] = (await compare(huge, other)) as MatchedDelta[];
    expect(delta).toMatchObject({ maxAbs: 4e200, cosine: 0 });
    // Two squares, their sum and its root: each rounds once.
    expect(Math.abs(delta!.l2 / 5e200 - 1)).toBeLessThan(4 * 2 ** -53);
  });

  it('compare refuses maps of something else, and leaves no tensors', async () => {
    const model = modelOf();
    await expect(compare(new Map([['a', [1]]]) as never, model)).rejects.toThrow(
      new TypeError('compare: before must map paths to Float32Arrays, as a snapshot does, got [1]'),
    );
    expect(await leakOf(() => compare(model, model))).toEqual({ tensors: 0, variables: 0 });
  });
});
