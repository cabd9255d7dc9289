import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentOf, timesPower } from '../../src/rounding/power-of-two.ts';

describe('timesPower', () => {
  it('timesPower(x, e) is x * 2^e, rounded once, also where 2^e is beyond float64', () => {
    expect(timesPower(3, 4)).toBe(48);
    expect(timesPower(-3, -1)).toBe(-1.5);
    expect(timesPower(2 ** -1074, 2097)).toBe(2 ** 1023);
    expect(timesPower(2 ** 1023, -2097)).toBe(2 ** -1074);
    expect(timesPower(1, 1024)).toBe(Number.POSITIVE_INFINITY);
    expect(timesPower(1, -1e9)).toBe(0);
    expect(timesPower(0, 1e9)).toBe(0);
  });
  it('timesPower(x, e) and back is x where nothing is subnormal', () => {
    const x = fc.double({ min: 1e-150, max: 1e150, noNaN: true });
    fc.assert(fc.property(x, fc.integer({ min: -500, max: 500 }), (v, e) => timesPower(timesPower(v, e), -e) === v));
  });
});

describe('exponentOf', () => {
  it('exponentOf(x) brings x to [0.5, 4)', () => {
    for (const x of [1, 2 ** -1074, 2 ** 1023, 1.9999999999999998, 3, 1e-150]) {
      const scaled = timesPower(x, -exponentOf(x));
      expect(scaled >= 0.5 && scaled < 4).toBe(true);
    }
  });
});
