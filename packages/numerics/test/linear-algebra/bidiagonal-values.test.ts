import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bidiagonalValues, diagonalize, valuesBySquares } from '../../src/linear-algebra/bidiagonal-values.ts';
import { noSweeps } from '../../src/linear-algebra/sweeps.ts';
import { worst } from '../both.ts';

describe('bidiagonalValues', () => {
  it('bidiagonalValues(d, e) gives 2 cos(k pi / (2 n + 1)) for ones everywhere', () => {
    // B'B is the second difference matrix with one corner changed; its eigenvalues are known in closed form.
    for (const n of [1, 2, 3, 10, 100]) {
      const values = bidiagonalValues(new Float64Array(n).fill(1), new Float64Array(n - 1).fill(1));
      const expected = Array.from({ length: n }, (_, k) => 2 * Math.cos(((k + 1) * Math.PI) / (2 * n + 1)));
      expect(worst(values, expected, (v) => 1e-13 * v)).toBeLessThan(1);
    }
  });
  it('bidiagonalValues(d, e) keeps the relative accuracy of tiny values', () => {
    // [[1, 1], [0, t]]: the product of the values is t, the sum of their squares 2 + t^2.
    for (const t of [1e-10, 1e-100, 1e-200]) {
      for (const d of [
        [1, t],
        [t, 1],
      ]) {
        const [a, b] = bidiagonalValues(Float64Array.from(d), Float64Array.of(1)) as unknown as [number, number];
        expect(Math.abs((a * b) / t - 1)).toBeLessThan(1e-13);
        expect(Math.abs(a - Math.SQRT2)).toBeLessThan(1e-14 + t);
      }
    }
  });
  it('bidiagonalValues(d, e) splits at zeros of e and of d', () => {
    const values = bidiagonalValues(Float64Array.of(3, -1, 2), Float64Array.of(0, 0));
    expect(Array.from(values)).toEqual([3, 2, 1]);
    // A zero of d: [[0, 3], [0, 4]] has the values 5 and 0; [[3, 4], [0, 0]] as well.
    expect(Array.from(bidiagonalValues(Float64Array.of(0, 4), Float64Array.of(3)))).toEqual([5, 0]);
    expect(Array.from(bidiagonalValues(Float64Array.of(3, 0), Float64Array.of(4)))).toEqual([5, 0]);
    expect(Array.from(bidiagonalValues(new Float64Array(0), new Float64Array(0)))).toEqual([]);
  });
  it('bidiagonalValues(d, e) keeps a value beside subnormal ones', () => {
    // Every other entry is below 1e-280 of the 1e-8, thus the largest value is 1e-8 to the last place.
    const d = Float64Array.of(0, 2.2488495835514785e-284, -4.4e-323, 0, 0);
    const [largest] = bidiagonalValues(d, Float64Array.of(-1.0000000000000002e-300, -1.0000000000000002e-300, 1e-8, 0));
    expect(Math.abs(largest! / 1e-8 - 1)).toBeLessThan(1e-15);
  });
  it('bidiagonalValues(d, e) keeps the sum of squares and the product for any bidiagonal matrix', () => {
    const entry = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, 1e-8, 1e-16, 1e-30));
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 12 }), (rows) => {
        const d = Float64Array.from(rows, ([x]) => x);
        const e = Float64Array.from(rows.slice(1), ([, y]) => y);
        const squares = [...d, ...e].reduce((sum, v) => sum + v * v, 0);
        const product = Math.abs(d.reduce((p, v) => p * v, 1));
        const values = bidiagonalValues(d, e);
        expect(Math.abs(values.reduce((sum, v) => sum + v * v, 0) - squares)).toBeLessThanOrEqual(1e-12 * squares);
        // Every value to 100 rounding errors times the size, Demmel and Kahan's bound, thus their product.
        if (product > 1e-250) expect(Math.abs(values.reduce((p, v) => p * v, 1) / product - 1)).toBeLessThan(1e-11);
        for (let i = 1; i < values.length; i++) expect(values[i - 1]! >= values[i]!).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
  it('diagonalize(d, e, left, right, known) takes fewer sweeps with known values, whatever they are', () => {
    const n = 80;
    const d = Float64Array.from({ length: n }, (_, i) => 2 + Math.sin(i * i));
    const e = Float64Array.from({ length: n - 1 }, (_, i) => 1 + Math.cos(3 * i * i) / 2);
    const expected = valuesBySquares(d, e)!;
    const run = (known?: Float64Array) => {
      let count = 0;
      const counting = { ...noSweeps(n), begin: () => Math.min(0, count++) };
      const values = d.slice();
      diagonalize(values, e.slice(), counting, noSweeps(n), known);
      expect(worst(values.map(Math.abs).sort().reverse(), expected, (v) => 1e-13 * v)).toBeLessThan(1);
      return count;
    };
    expect(run(expected)).toBeLessThan(0.85 * run());
    run(new Float64Array(3).fill(1.5));
  });
});
