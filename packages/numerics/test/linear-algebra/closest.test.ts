import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closest } from '../../src/linear-algebra/closest.ts';

it('closest(values, x) is the entry of a descending list at the least distance', () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), number, (list, x) => {
      const values = Float64Array.from(list).sort().reverse();
      const least = Math.min(...list.map((v) => Math.abs(v - x)));
      expect(Math.abs(closest(values, x) - x)).toBe(least);
    }),
  );
});
