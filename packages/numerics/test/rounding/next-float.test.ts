import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDown, nextUp } from '../../src/rounding/next-float.ts';

describe('nextUp', () => {
  it('nextUp(x) and nextDown(x) undo each other on float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: Math.fround(-3e38), max: Math.fround(3e38) }), (x) => {
        expect(nextDown(nextUp(x)) === x).toBe(true);
        expect(nextUp(x)).toBeGreaterThan(x);
      }),
    );
  });
  it('nextUp(x) is the least float32 above a float64', () => {
    expect(nextUp(0.1)).toBe(Math.fround(0.1));
    expect(nextDown(0.1)).toBeLessThan(0.1);
    expect(nextUp(nextDown(1))).toBe(1);
    expect(nextUp(1)).toBe(1 + 2 ** -23);
  });
  it('nextUp(x) passes through 0 and ends at Infinity', () => {
    expect([nextUp(0), nextUp(-0), nextUp(-(2 ** -149))]).toEqual([2 ** -149, 2 ** -149, -0]);
    expect(nextUp(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(nextUp(Number.NEGATIVE_INFINITY)).toBe(-(2 - 2 ** -23) * 2 ** 127);
  });
});
