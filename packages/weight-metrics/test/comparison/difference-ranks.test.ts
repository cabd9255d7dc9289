import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { float16Bits } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { differenceRanks } from '../../src/comparison/difference-ranks.ts';
import golden from '../golden/ranks.json' with { type: 'json' };
import { goldenValues } from '../golden-values.ts';

const variableOf = (values: Float32Array, shape: readonly number[]) => tf.variable(tf.tensor(values, [...shape]));

/** A weight of the golden file and the same after an adapter of a rank was merged into it. */
function mergedOf({ shape, rank, scale }: { shape: number[]; rank: number; scale: number }) {
  const [cols] = shape.slice(-1) as [number];
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const w = goldenValues({ shape, seed: 1, scale: 1, zero: 1e9 });
  const b = goldenValues({ shape: [rows, rank], seed: 2, scale: 1, zero: 1e9 });
  const a = goldenValues({ shape: [rank, cols], seed: 3, scale: 1, zero: 1e9 });
  const merged = w.map((value, p) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b[Math.floor(p / cols) * rank + k]! * a[k * cols + (p % cols)]!;
    return value + scale * sum;
  });
  return { before: variableOf(w, shape), after: variableOf(merged, shape) };
}

describe('differenceRanks', () => {
  it.each(golden.cases)('differenceRanks equals numpy: $call', async (one) => {
    const { before, after } = mergedOf(one);
    const { ranks, skipped } = await differenceRanks({ w: before }, { w: after }, { error: one.error });
    expect(skipped).toEqual([]);
    const [found] = ranks;
    expect(found).toMatchObject({
      path: 'w',
      pathAfter: 'w',
      shape: one.shape,
      rank: one.rank,
      loraRank: one.loraRank,
    });
    expect(found!.loraParameters).toBe(one.loraRank * one.sizes);
    // Both SVDs are exact to a small multiple of (rows + cols) 2^-52 of the largest value.
    const most = 8 * one.sizes * 2 ** -52 * one.singularValues[0]!;
    for (const [i, value] of found!.singularValues.entries())
      expect(Math.abs(value - one.singularValues[i]!)).toBeLessThan(most);
    expect(Math.abs(found!.norm - one.norm)).toBeLessThan(most);
    tf.dispose([before, after]);
  });

  it('differenceRanks of equal weights is 0, of float16 tensors beyond the rounding of float16', async () => {
    const { before, after } = mergedOf({ shape: [40, 30], rank: 3, scale: 0.5 });
    expect((await differenceRanks({ w: before }, { w: before })).ranks[0]).toMatchObject({
      rank: 0,
      loraRank: 0,
      loraParameters: 0,
      norm: 0,
    });
    const half = (values: Float32Array) =>
      openCheckpoint({
        weightSpecs: [
          {
            name: 'w',
            shape: [40, 30],
            dtype: 'float32',
            quantization: { dtype: 'float16', original_dtype: 'float32' },
          },
        ],
        weightData: float16Bits(values).buffer as ArrayBuffer,
      } as never);
    const [first, second] = [
      await half((await before.data()) as Float32Array),
      await half((await after.data()) as Float32Array),
    ];
    const { ranks } = await differenceRanks(first, second);
    expect(ranks[0]).toMatchObject({ rank: 3 });
    // What the file lost is what rounding to float16 explains.
    expect((await differenceRanks({ w: after }, second)).ranks[0]!.rank).toBe(0);
    tf.dispose([before, after]);
  });

  it('differenceRanks skips what has no partner, no matrix, no numbers or no finite difference', async () => {
    const of = (entries: Record<string, tf.Tensor>) =>
      Object.fromEntries(Object.entries(entries).map(([name, tensor]) => [name, tf.variable(tensor)]));
    const before = of({
      a: tf.ones([2, 2]),
      b: tf.ones([2]),
      c: tf.ones([2, 3]),
      d: tf.ones([2, 2]),
      e: tf.ones([9, 9]),
      f: tf.zeros([0, 2]),
    });
    const after = of({
      b: tf.ones([2]),
      c: tf.ones([3, 2]),
      d: tf.tensor2d([
        [1, Number.NaN],
        [1, 1],
      ]),
      e: tf.ones([9, 9]),
      f: tf.zeros([0, 2]),
    });
    const { ranks, skipped } = await differenceRanks(before, after, { maxCost: 100 });
    expect(ranks).toEqual([]);
    expect(skipped).toEqual([
      { path: 'a', reason: 'only before' },
      { path: 'b', reason: 'not of rank 2 or more' },
      { path: 'c', reason: '[2,3] before, [3,2] after' },
      { path: 'd', reason: 'an entry is not finite' },
      { path: 'e', reason: 'rows * cols * min(rows, cols) is 729, above maxCost 100' },
      { path: 'f', reason: 'no entries' },
    ]);
    const values = new Map([['a', new Float32Array(4)]]);
    expect((await differenceRanks(values, values)).skipped).toEqual([{ path: 'a', reason: 'the shape is not known' }]);
    await expect(differenceRanks(before, after, { error: 2 })).rejects.toThrow(
      'differenceRanks: error must be from 0 to 1, got 2',
    );
    expect(await leakOf(() => differenceRanks(before, after))).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([before, after]);
  });
});
