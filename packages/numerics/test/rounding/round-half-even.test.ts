import { roundHalfEven } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('roundHalfEven', () => {
  it('roundHalfEven(x) sends halves to the even neighbor, as numpy.rint', () => {
    const x = [-2.5, -1.5, -0.5, -0.4, -0, 0, 0.5, 1.5, 2.5, 3.5, 0.49999999999999994, 2 ** 52 - 0.5, 2 ** 53];
    expect(x.map(roundHalfEven)).toEqual([-2, -2, -0, -0, -0, 0, 0, 2, 2, 4, 0, 2 ** 52, 2 ** 53]);
  });
  it('roundHalfEven(x) passes NaN and infinities through', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(roundHalfEven)).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });
  it('roundHalfEven(x) is Math.round but at halves, and odd', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (x) => {
        fc.pre(Math.abs(x - Math.trunc(x)) !== 0.5);
        expect(roundHalfEven(x) === Math.round(x)).toBe(true);
        expect(roundHalfEven(-x)).toBe(-roundHalfEven(x));
      }),
    );
  });
});
