import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { magnitude } from '../../src/scores/magnitude.ts';
import { type Score, scoreAll, scoreValues } from '../../src/scores/score.ts';

describe('scoreValues', () => {
  it('scoreValues gives the score its path and downloads the result row by row', async () => {
    const w = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    let seen = '';
    const score: Score = (x, { path }) => {
      seen = path;
      return tf.neg(x);
    };
    expect(await scoreValues('f', 'a/kernel', w, score)).toEqual(Float32Array.of(-1, -2, -3, -4));
    expect(seen).toBe('a/kernel');
    w.dispose();
  });

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('scoreValues refuses %d in the weight by path and index', async (bad, text) => {
    const w = tf.tensor1d([1, 2, bad]);
    await expect(scoreValues('f', 'a/kernel', w, magnitude)).rejects.toThrow(
      new RangeError(`f: weights must be finite, got ${text} at a/kernel[2]`),
    );
    await expect(scoreValues('f', '', w, magnitude)).rejects.toThrow('at w[2]');
    w.dispose();
  });

  it('scoreValues refuses a score that is not finite', async () => {
    const w = tf.tensor1d([1, 0]);
    await expect(scoreValues('f', 'a/kernel', w, (x) => tf.div(1, x))).rejects.toThrow(
      new RangeError('f: scores must be finite, got Infinity at a/kernel[1]'),
    );
    w.dispose();
  });

  it('scoreValues refuses another shape, and what is no tensor', async () => {
    const w = tf.tensor1d([1, 0]);
    await expect(scoreValues('f', 'p', w, (x) => tf.sum(x))).rejects.toThrow(
      new RangeError('f: score of p must have shape [2], got []'),
    );
    await expect(scoreValues('f', 'p', w, (() => 3) as unknown as Score)).rejects.toThrow(
      new TypeError('f: score of p must return a tensor, got 3'),
    );
    w.dispose();
  });

  it('scoreValues borrows the weight and a result made outside, and accepts integers', async () => {
    const w = tf.tensor1d([5, 6]);
    const table = tf.tensor1d([2, 1], 'int32');
    expect(await scoreValues('f', 'p', w, () => table)).toEqual(Float32Array.of(2, 1));
    const own = await scoreValues('f', 'p', w, (x) => x);
    own[0] = -1;
    expect(Array.from(await w.data())).toEqual([5, 6]);
    expect(Array.from(await table.data())).toEqual([2, 1]);
    tf.dispose([w, table]);
  });
});

describe('scoreAll', () => {
  it('scoreAll leaves no tensor behind, also when a weight is refused', async () => {
    const sources = [
      { path: 'a', read: () => tf.tensor1d([1, 2]) },
      { path: 'b', read: () => tf.tensor1d([1, Number.NaN]) },
    ];
    const leak = await leakOf(() => scoreAll('f', sources, magnitude).catch(() => undefined));
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(await scoreAll('f', sources.slice(0, 1), magnitude)).toEqual([Float32Array.of(1, 2)]);
  });
});
