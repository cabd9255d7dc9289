import { describe, expect, it } from 'vitest';
import { erf } from '../../src/random/normal-distribution.ts';
import { normalQuantile } from '../../src/random/normal-quantile.ts';
import { density, ulp } from '../both.ts';

describe('normalQuantile', () => {
  it('normalQuantile(u) is within 3.3 units in the last place of the exact quantile', () => {
    let most = 0;
    for (let m = 0; m < 2 ** 23; m += 331) {
      const u = Math.fround(2 * (m / 2 ** 23) + Math.fround(-1 + 2 ** -24));
      const z = normalQuantile(u);
      // Newton's correction from z is the error of z to second order, and erf is right to 1e-14 at most, which
      // matters for |u| below 2^-10 only.
      const error = Math.abs((erf(z / Math.SQRT2) - u) / (2 * density(z)));
      if (Math.abs(u) > 2 ** -10 && Math.abs(z) < 4) most = Math.max(most, error / ulp(z));
    }
    expect(most).toBeLessThan(3.3);
    expect(most).toBeGreaterThan(0.5);
  });
  it('normalQuantile(u) is odd, and ends at 5.42', () => {
    for (const u of [0.5, 0.25, 1e-3, 0.999])
      expect(normalQuantile(-Math.fround(u))).toBe(-normalQuantile(Math.fround(u)));
    // The quantile of 1 - 2^-25 is 5.4200 (scipy.special.ndtri).
    expect(normalQuantile(1 - 2 ** -24)).toBeCloseTo(5.42, 3);
  });
});
