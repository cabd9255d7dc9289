import { describe, expect, it } from 'vitest';
import { erf, logUpperTail, upperTailQuantile } from '../../src/random/normal-distribution.ts';
import { golden, worst } from '../both.ts';

const cases = (call: string) => golden<{ x: number[]; values: number[] }>('tails', call)[0]!;

describe('erf', () => {
  it('erf(x) agrees with scipy to 1e-14', () => {
    // The series sums up to 40 positive terms: 40 roundings of 1.1e-16 at most.
    const { x, values } = cases('erf');
    expect(worst(x.map(erf), values, () => 1e-14)).toBeLessThan(1);
  });
  it('erf(x) is odd and ends at 1', () => {
    expect([erf(0), erf(Number.POSITIVE_INFINITY), erf(Number.NEGATIVE_INFINITY), erf(-0.7) + erf(0.7)]).toEqual([
      0, 1, -1, 0,
    ]);
  });
});

describe('logUpperTail', () => {
  it('logUpperTail(x) agrees with scipy.special.log_ndtr(-x) where the tail itself underflows', () => {
    const { x, values } = cases('log_ndtr');
    expect(worst(x.map(logUpperTail), values, (v) => 2e-13 * Math.abs(v))).toBeLessThan(1);
  });
  it('upperTailQuantile(logUpperTail(x)) is x', () => {
    for (const x of [1.5, 2, 2.5, 4, 8, 38, 500, 1e5]) {
      // An error of one rounding in the logarithm, about x^2 / 2, moves x by 1.1e-16 x.
      expect(Math.abs(upperTailQuantile(logUpperTail(x)) - x)).toBeLessThan(1e-13 * x);
    }
  });
});
