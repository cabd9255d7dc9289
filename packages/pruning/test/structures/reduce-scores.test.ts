import { describe, expect, it } from 'vitest';
import { reduceScores } from '../../src/structures/reduce-scores.ts';

const scored = [
  { scores: Float32Array.of(1, -2, 3, 4), of: Int32Array.of(0, 0, 1, -1) },
  { scores: Float32Array.of(-5, 6), of: Int32Array.of(1, 0) },
];

describe('reduceScores', () => {
  it('reduceScores takes a group over several weights and leaves out what has no group', () => {
    expect(Array.from(reduceScores(scored, 2, 'mean'))).toEqual([Math.fround(5 / 3), -1]);
    expect(Array.from(reduceScores(scored, 2, 'l1'))).toEqual([9, 8]);
    expect(Array.from(reduceScores(scored, 2, 'l2'))).toEqual([Math.sqrt(41), Math.sqrt(34)].map(Math.fround));
    expect(Array.from(reduceScores(scored, 2, 'max'))).toEqual([6, 3]);
    // 1 + 8 + 216 = 225 and 27 + 125 = 152; cube roots are within 2 ulp of float64, and rounded to float32 once.
    const cubes = reduceScores(scored, 2, { norm: 3 });
    for (const [i, sum] of [225, 152].entries())
      expect(Math.abs(cubes[i]! / Math.cbrt(sum) - 1)).toBeLessThan(2 ** -23);
    expect(Array.from(reduceScores(scored, 3, { norm: 3 }))[2]).toBe(0);
  });

  it('reduceScores squares in float64: numbers whose squares float32 does not hold are no infinity and no zero', () => {
    const large = [{ scores: Float32Array.of(1e30, 1e30), of: Int32Array.of(0, 0) }];
    const small = [{ scores: Float32Array.of(1e-30, 1e-30), of: Int32Array.of(0, 0) }];
    // One rounding to float32 of each score, one of the result: three halves of 2^-23.
    expect(Math.abs(reduceScores(large, 1, 'l2')[0]! / (Math.SQRT2 * 1e30) - 1)).toBeLessThan(1.5 * 2 ** -23);
    expect(Math.abs(reduceScores(small, 1, 'l2')[0]! / (Math.SQRT2 * 1e-30) - 1)).toBeLessThan(1.5 * 2 ** -23);
  });
});
