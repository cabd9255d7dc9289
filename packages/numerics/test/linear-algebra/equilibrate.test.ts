import { describe, expect, it } from 'vitest';
import { equilibrate, scaleColumns, scaleRight, unscaleSolution } from '../../src/linear-algebra/equilibrate.ts';
import { graded, largestOf, normalMatrix } from '../matrices.ts';

describe('equilibrate', () => {
  it('equilibrate(a, n) brings every row to one size by powers of two that it returns', () => {
    const n = 9;
    const given = graded(normalMatrix(n, n, 1), n, 60, -55);
    const a = given.slice();
    const { rows, cols } = equilibrate(a, n);
    for (let i = 0; i < n; i++) {
      const largest = largestOf(a.subarray(i * n, (i + 1) * n));
      expect(largest >= 1 && largest < 2).toBe(true);
    }
    expect(a).toEqual(given.map((v, p) => v * 2 ** cols[p % n]! * 2 ** rows[Math.floor(p / n)]!));
  });
  it('scaleColumns(a, rows, cols) leaves columns of zeros alone', () => {
    const a = Float64Array.of(0, 12, 0, -3);
    expect(Array.from(scaleColumns(a, 2, 2))).toEqual([0, -3]);
    expect(Array.from(a)).toEqual([0, 1.5, 0, -0.375]);
  });
  it('scaleRight(b, exponents, cols) scales rows, then columns to one, and unscaleSolution takes the latter back', () => {
    const b = Float64Array.of(3, 0, 2 ** -900, 0);
    const down = scaleRight(b, Int32Array.of(-500, 1000), 2);
    expect(Array.from(b)).toEqual([3 * 2 ** -600, 0, 1, 0]);
    expect(Array.from(down)).toEqual([-100, 0]);
    unscaleSolution(b, Int32Array.of(500, -200), down);
    expect(Array.from(b)).toEqual([3, 0, 2 ** -100, 0]);
  });
});
