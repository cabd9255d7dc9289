import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rotate, rotation } from '../../src/linear-algebra/rotation.ts';

describe('rotate', () => {
  it('rotate(f, g) is a rotation for entries of every size, subnormal ones included', () => {
    const entry = fc.oneof(
      fc.double({ min: -1e150, max: 1e150, noNaN: true }),
      fc.double({ min: -1e-300, max: 1e-300, noNaN: true }),
      fc.double({ min: -1e-320, max: 1e-320, noNaN: true }),
      fc.constantFrom(0, 5e-324, -4.4e-323, 1e-8, 1),
    );
    fc.assert(
      fc.property(entry, entry, (f, g) => {
        rotate(f, g);
        const { c, s, r } = rotation;
        // Two squares, a sum, a root and two quotients: each at most 2^-53 of c and s, thus 8 of them in the sum of squares.
        expect(Math.abs(c * c + s * s - 1)).toBeLessThanOrEqual(8 * 2 ** -53);
        const size = Math.max(Math.abs(f), Math.abs(g));
        // r to 4 roundings or, where it is subnormal, to its last place.
        expect(Math.abs(c * f + s * g - r)).toBeLessThanOrEqual(8 * 2 ** -53 * size + 1e-323);
        expect(Math.abs(c * g - s * f)).toBeLessThanOrEqual(8 * 2 ** -53 * size + 1e-323);
      }),
      { numRuns: 2000 },
    );
  });
  it('rotate(0, 0) is the identity', () => {
    rotate(0, 0);
    expect(rotation).toEqual({ c: 1, s: 0, r: 0 });
  });
});
