import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expMinus, ln } from '../../src/values/log-exp.ts';

/** Two units in the last place of a number. */
const twoUnits = (x: number) => Math.max(Math.abs(x) * 2 ** -51, Number.MIN_VALUE);

describe('ln and expMinus', () => {
  it('ln is within two units in the last place of Math.log, which is within one, for every size of number', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(twoUnits(Math.log(x)));
      }),
      { numRuns: 5000 },
    );
    for (let i = -2000; i <= 2000; i++) {
      const x = 1 + i * 2 ** -52;
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(twoUnits(Math.log(x)));
    }
    expect([ln(1), ln(2) === Math.LN2]).toEqual([0, true]);
  });

  it('expMinus is within two units in the last place of Math.exp, 1 at 0 and 0 far out', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 708, noNaN: true }), (x) => {
        expect(Math.abs(expMinus(x) - Math.exp(-x))).toBeLessThanOrEqual(twoUnits(Math.exp(-x)));
      }),
      { numRuns: 5000 },
    );
    expect([expMinus(0), expMinus(709), expMinus(1e300)]).toEqual([1, 0, 0]);
  });
});
