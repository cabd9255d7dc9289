import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagonalize } from '../../src/linear-algebra/bidiagonal-values.ts';
import { qdValues } from '../../src/linear-algebra/qd-values.ts';
import { noSweeps } from '../../src/linear-algebra/sweeps.ts';
import { worst } from '../both.ts';

const square = (x: number) => x * x;
const byQd = (d: Float64Array, e: Float64Array) =>
  qdValues(d.map(square), e.map(square))?.map(Math.sqrt).sort().reverse();

function byQr(d: Float64Array, e: Float64Array): Float64Array {
  const values = d.slice();
  diagonalize(values, e.slice(), noSweeps(d.length), noSweeps(d.length));
  return values.map(Math.abs).sort().reverse();
}

describe('qdValues', () => {
  it('qdValues(q, e) gives the squares of 2 cos(k pi / (2 n + 1)) for ones everywhere, every one to a few roundings times n', () => {
    for (const n of [1, 2, 3, 4, 10, 100, 300]) {
      const values = byQd(new Float64Array(n).fill(1), new Float64Array(n - 1).fill(1))!;
      const expected = Array.from({ length: n }, (_, k) => 2 * Math.cos(((k + 1) * Math.PI) / (2 * n + 1)));
      // 4 n roundings (Fernando and Parlett's bound), and the cosine near pi/2 is only as good as its argument.
      expect(worst(values, expected, (v) => (4 * n + 20) * 2 ** -53 * v + 2e-16)).toBeLessThan(1);
    }
  });
  it('qdValues(q, e) agrees with QR iteration to a relative 1e-13, graded both ways, split and clustered', () => {
    const grade = fc.constantFrom(-1, 0, 1);
    const entry = fc.tuple(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.nat(12));
    const matrix = fc.tuple(grade, fc.array(fc.tuple(entry, entry, fc.nat(9)), { minLength: 1, maxLength: 40 }));
    fc.assert(
      fc.property(matrix, ([way, rows]) => {
        const power = (i: number, p: number) => 10 ** ((way * 10 * i) / rows.length - p / 4);
        const d = Float64Array.from(rows, ([[x, p]], i) => x * power(i, p));
        const e = Float64Array.from(rows.slice(1), ([, [x, p], zero], i) => (zero === 0 ? 0 : x * power(i, p)));
        const expected = byQr(d, e);
        fc.pre(expected[d.length - 1]! > 1e-100);
        const values = byQd(d, e);
        expect(values).toBeDefined();
        expect(worst(values!, expected, (v) => 1e-13 * v)).toBeLessThan(1);
      }),
      { numRuns: 300 },
    );
    const near = Float64Array.from({ length: 60 }, (_, i) => 1 + 1e-12 * Math.sin(i));
    expect(worst(byQd(near, near.slice(1))!, byQr(near, near.slice(1)), (v) => 1e-13 * v)).toBeLessThan(1);
  });
  it('qdValues(q, e) is undefined or right, never NaN, where entries vanish or overflow', () => {
    const entry = fc.constantFrom(0, 5e-324, 1e-300, 1e-150, 1, 1e150, 1e300);
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 8 }), (rows) => {
        const q = Float64Array.from(rows, ([x]) => x);
        const values = qdValues(
          q,
          Float64Array.from(rows.slice(1), ([, y]) => y),
        );
        if (values) expect(values.some(Number.isNaN)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
