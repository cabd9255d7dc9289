import * as tf from '@tensorflow/tfjs';
import { hasKernel, leakOf } from '@weightkit/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { compare, histograms, snapshot, sparsity, spectrum, summarize } from '../src/index.ts';

/** int32 values that float32 does not hold, with their neighbours. */
const LARGE = [2 ** 24 + 1, -(2 ** 24) - 1, 2 ** 31 - 1, -(2 ** 31), 123_456_789, 0];

const ints = (values: readonly number[]) => tf.tensor1d([...values], 'int32');
const graph = (weights: Record<string, tf.Tensor>) => ({
  modelSignature: undefined,
  weights: Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [name, [tensor]])),
});
const words = (...list: string[]) => tf.tensor1d(list, 'string');

/** Σx and Σx² exactly. */
function exactSums(values: readonly number[]): { sum: number; squares: bigint } {
  const big = values.map((x) => BigInt(x));
  return { sum: Number(big.reduce((a, b) => a + b, 0n)), squares: big.reduce((a, b) => a + b * b, 0n) };
}

const EPS = 2 ** -52;

describe('int32 weights', () => {
  const model = graph({ ids: ints(LARGE), more: ints(LARGE.map((x) => (x > 0 ? x - 1 : x + 1))) });
  afterAll(() => tf.dispose(Object.values(model.weights)));

  it('summarize(model) is exact beyond 2^24', async () => {
    const [summary] = await summarize(model);
    const { sum, squares } = exactSums(LARGE);
    expect(summary).toMatchObject({
      dtype: 'int32',
      count: 6,
      min: -(2 ** 31),
      max: 2 ** 31 - 1,
      zeros: 1,
      nonFinite: 0,
      sparsity: 1 / 6,
      // Integers below 2^53.
      l1: LARGE.reduce((total, x) => total + Math.abs(x), 0),
    });
    // Six terms of up to 2^31: at most 12 roundings of numbers below 2^33.
    expect(Math.abs(summary!.mean! - sum / 6)).toBeLessThan(12 * EPS * 2 ** 33);
    expect(Math.abs(summary!.l2! - Math.sqrt(Number(squares)))).toBeLessThan(8 * EPS * summary!.l2!);
  });

  it('snapshot(model) has int32 as it is, and compare sees a difference of 1', async () => {
    const taken = await snapshot(model);
    expect([...taken]).toEqual([
      ['ids', Int32Array.from(LARGE)],
      ['more', Int32Array.from(LARGE, (x) => (x > 0 ? x - 1 : x + 1))],
    ]);
    const [a, b] = [taken.get('ids')!, taken.get('more')!];
    const [delta] = await compare(new Map([['w', a]]), new Map([['w', b]]));
    expect(delta).toMatchObject({ maxAbs: 1, l2: Math.sqrt(6), nonFinite: 0, zerosLost: 1, signFlips: 0 });
    const [same, other] = await compare(model, graph({ ids: ints(LARGE), more: ints(LARGE) }));
    expect(same).toMatchObject({ path: 'ids', l2: 0, cosine: 1 });
    expect(other).toMatchObject({ path: 'more', maxAbs: 1 });
    const far = await compare(graph({ w: ints([2 ** 31 - 1]) }), graph({ w: ints([-(2 ** 31)]) }));
    expect(far).toMatchObject([{ maxAbs: 2 ** 32 - 1, l2: 2 ** 32 - 1, signFlips: 1, cosine: -1 }]);
  });

  it('histograms(model) puts neighbours beyond 2^24 into their own bins', async () => {
    const source = graph({ w: ints([2 ** 24, 2 ** 24 + 1, 2 ** 24 + 1, 2 ** 24 + 2]) });
    const [result] = await histograms(source, { filter: 'w', bins: 3, range: [2 ** 24, 2 ** 24 + 3] });
    expect(result).toMatchObject({ counts: Uint32Array.of(1, 2, 1), skipped: null });
  });

  it('spectrum(w) of integers beyond 2^24 is that of float64', async () => {
    const w = tf.tensor2d([2 ** 24 + 1, 0, 0, 2 ** 24 - 1], [2, 2], 'int32');
    expect(Array.from(await spectrum(w))).toEqual([2 ** 24 + 1, 2 ** 24 - 1]);
    const [summary] = await summarize(graph({ w }));
    expect(summary).toMatchObject({ spectralNorm: 2 ** 24 + 1, skipped: null });
  });
});

describe('bool weights', () => {
  it('summarize, snapshot and compare take them for 0 and 1', async () => {
    const mask = (...bits: number[]) => graph({ mask: tf.tensor1d(bits, 'bool') });
    expect(await summarize(mask(1, 0, 1, 1))).toMatchObject([
      { dtype: 'bool', mean: 0.75, zeros: 1, sparsity: 0.25, max: 1 },
    ]);
    expect((await snapshot(mask(1, 0))).get('mask')).toEqual(Uint8Array.of(1, 0));
    expect(await compare(mask(1, 0, 1), mask(1, 1, 0))).toMatchObject([{ zerosGained: 1, zerosLost: 1, maxAbs: 1 }]);
  });
});

describe('string weights', () => {
  it('summarize(model) names them, counts them and has no NaN', async () => {
    const [summary] = await summarize(graph({ vocabulary: words('a', 'bé', '') }));
    expect(summary).toEqual({
      path: 'vocabulary',
      dtype: 'string',
      shape: [3],
      parameters: 3,
      trainable: false,
      count: 0,
      zeros: 0,
      nonFinite: 0,
      sparsity: 0,
      mean: null,
      std: null,
      skewness: null,
      kurtosis: null,
      min: null,
      max: null,
      l1: null,
      l2: null,
      spectralNorm: null,
      stableRank: null,
      conditionNumber: null,
      effectiveRank: null,
      skipped: 'string entries are no real numbers',
    });
  });

  it('compare(model, model) says how many differ, by a snapshot too, and goes on with the others', async () => {
    const first = graph({ words: words('a', 'b', 'c'), w: tf.tensor1d([1, 2]) });
    const second = graph({ words: words('a', 'x', 'y'), w: tf.tensor1d([1, 4]) });
    const expected = [
      { path: 'words', matched: false, reason: 'string entries are no real numbers: 2 of 3 differ' },
      { path: 'w', matched: true, l2: 2 },
    ];
    expect(await compare(first, second)).toMatchObject(expected);
    expect(await compare(await snapshot(first), await snapshot(second))).toMatchObject(expected);
    expect([...(await snapshot(first)).keys()]).toEqual(['w']);
    expect(await compare(graph({ w: words('1') }), graph({ w: tf.tensor1d([1]) }))).toMatchObject([
      { matched: false, reason: 'string before, float32 after' },
    ]);
  });

  it('histograms(model) counts nothing of them and says why', async () => {
    const source = graph({ table: tf.tensor2d(['a', 'b'], [1, 2], 'string') });
    expect(await histograms(source, { bins: 2 })).toMatchObject([
      { counts: Uint32Array.of(0, 0), nonFinite: 0, skipped: 'string entries are no real numbers' },
    ]);
  });

  it('sparsity(w) and spectrum(w) refuse them by type', async () => {
    const w = tf.tensor2d(['a', 'b'], [1, 2], 'string');
    expect(() => sparsity(w)).toThrow(
      new TypeError('sparsity: w must be a tensor of float32, int32 or bool, got "string"'),
    );
    await expect(spectrum(w)).rejects.toThrow('spectrum: w must be a tensor of float32, int32 or bool, got "string"');
  });
});

describe('complex64 weights', () => {
  const pairs = () => tf.complex(tf.tensor1d([0, 1, Number.NaN, 0]), tf.tensor1d([0, 0, 1, Number.NEGATIVE_INFINITY]));

  // No complex tensor can be made on wasm.
  const complex = hasKernel('Complex');

  it.skipIf(!complex)(
    'summarize(model) counts zero, finite and other entries (wasm has no complex tensors)',
    async () => {
      const source = graph({ z: pairs() });
      expect(await summarize(source)).toMatchObject([
        {
          dtype: 'complex64',
          parameters: 4,
          count: 2,
          zeros: 1,
          nonFinite: 2,
          sparsity: 0.25,
          mean: null,
          skipped: 'complex64 entries are no real numbers',
        },
      ]);
      expect(await compare(source, graph({ z: tf.complex(tf.zeros([4]), tf.zeros([4])) }))).toMatchObject([
        { path: 'z', matched: false, reason: 'complex64 entries are no real numbers: 3 of 4 differ' },
      ]);
    },
  );

  it('summarize, snapshot and compare of every type leave no tensors', async () => {
    const source = graph({
      ...(complex ? { z: pairs() } : {}),
      ids: ints(LARGE),
      words: words('a'),
      mask: tf.tensor1d([1], 'bool'),
    });
    const run = async () => {
      await summarize(source);
      await compare(await snapshot(source), source);
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
  });
});
