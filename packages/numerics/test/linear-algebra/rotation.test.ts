import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rotate, rotation } from '../../src/linear-algebra/rotation.ts';

describe('rotate', () => {
  it('rotate(f, g) is a rotation for entries of every size, the smallest and the largest included', () => {
    const entry = fc.oneof(
      fc.double({ min: -1e150, max: 1e150, noNaN: true }),
      fc.double({ min: -1e-300, max: 1e-300, noNaN: true }),
      fc.double({ min: -1e-320, max: 1e-320, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(
        0,
        5e-324,
        -4.4e-323,
        1e-8,
        1,
        1e154,
        -1.4e154,
        1e155,
        1e300,
        Number.MAX_VALUE,
        -Number.MAX_VALUE,
      ),
    );
    fc.assert(
      fc.property(entry, entry, (f, g) => {
        rotate(f, g);
        const { c, s, r } = rotation;
        // Two squares, a sum, a root and two quotients: each at most 2^-53 of c and s, thus 8 of them in the sum of squares.
        expect(Math.abs(c * c + s * s - 1)).toBeLessThanOrEqual(8 * 2 ** -53);
        // Above 1 by a quarter, which is exact, for sums that would be above all numbers.
        const part = Math.max(Math.abs(f), Math.abs(g)) > 1 ? 0.25 : 1;
        const [x, y] = [f * part, g * part];
        const size = Math.max(Math.abs(x), Math.abs(y));
        // r to 4 roundings or, where it is subnormal, to its last place.
        const length = c * x + s * y;
        if (r === Number.POSITIVE_INFINITY)
          expect(length * (1 + 8 * 2 ** -53)).toBeGreaterThanOrEqual(Number.MAX_VALUE / 4);
        else expect(Math.abs(length - r * part)).toBeLessThanOrEqual(8 * 2 ** -53 * size + 1e-323);
        expect(Math.abs(c * y - s * x)).toBeLessThanOrEqual(8 * 2 ** -53 * size + 1e-323);
      }),
      { numRuns: 2000 },
    );
  });
  it('rotate(0, 0) is the identity', () => {
    rotate(0, 0);
    expect(rotation).toEqual({ c: 1, s: 0, r: 0 });
  });
});
