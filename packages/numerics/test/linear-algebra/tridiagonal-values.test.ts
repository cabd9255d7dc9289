import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noSweeps, rotateRowsReference, sweeps } from '../../src/linear-algebra/sweeps.ts';
import { diagonalizeSymmetric, roughValues } from '../../src/linear-algebra/tridiagonal-values.ts';
import { worst } from '../both.ts';
import { columnDefect, multiply, transpose } from '../matrices.ts';

describe('diagonalizeSymmetric', () => {
  it('diagonalizeSymmetric(d, e, out) gives 2 - 2 cos(k pi / (n + 1)) for the second difference matrix', () => {
    for (const n of [1, 2, 3, 10, 100]) {
      const d = new Float64Array(n).fill(2);
      diagonalizeSymmetric(d, new Float64Array(n - 1).fill(-1), noSweeps(n));
      const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
      expect(worst(d.sort(), expected, () => 4e-16 * n * 4)).toBeLessThan(1);
    }
  });
  it('diagonalizeSymmetric(d, e, out) gives rotations whose product diagonalizes, for any entries', () => {
    const entry = fc.oneof(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.constantFrom(0, 1e-8, -1e-16, 1e-200, 5e-324),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 12 }), (rows) => {
        const n = rows.length;
        const d = Float64Array.from(rows, ([x]) => x);
        const e = Float64Array.from(rows.slice(1), ([, y]) => y);
        const t = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          t[i * n + i] = d[i]!;
          if (i > 0) t[i * n + i - 1] = t[(i - 1) * n + i] = e[i - 1]!;
        }
        const q = Float64Array.from(t, (_, p) => (p % (n + 1) === 0 ? 1 : 0));
        diagonalizeSymmetric(
          d,
          e,
          sweeps(n, (batch) => rotateRowsReference(q, n, batch)),
        );
        expect(columnDefect(q, n, n)).toBeLessThan(1e-14 * n);
        const product = multiply(multiply(q, t, n, n, n), transpose(q, n, n), n, n, n);
        const diagonal = Float64Array.from(t, (_, p) => (p % (n + 1) === 0 ? d[p / (n + 1)]! : 0));
        expect(worst(product, diagonal, () => 1e-14 * n)).toBeLessThan(1);
      }),
      { numRuns: 300 },
    );
  });
  it('roughValues(d, e) are the eigenvalues to rounding of the largest, zeros and negative ones included', () => {
    const n = 40;
    for (const shift of [0, -2, 5, 1e8]) {
      const values = roughValues(new Float64Array(n).fill(2 + shift), new Float64Array(n - 1).fill(-1))!;
      const expected = Array.from({ length: n }, (_, k) => shift + 2 - 2 * Math.cos(((n - k) * Math.PI) / (n + 1)));
      expect(worst(values, expected, () => 1e-14 * (4 + Math.abs(shift)))).toBeLessThan(1);
    }
    const split = roughValues(Float64Array.of(-1, 3, 3, -7), new Float64Array(3))!;
    expect(worst(split, [3, 3, -1, -7], () => 1e-14)).toBeLessThan(1);
    expect(roughValues(new Float64Array(5), new Float64Array(4))?.some(Number.isNaN) ?? false).toBe(false);
  });
  it('diagonalizeSymmetric(d, e, out) takes less than 1.8 sweeps for an eigenvalue', () => {
    const n = 100;
    let count = 0;
    const d = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i));
    const e = Float64Array.from({ length: n - 1 }, (_, i) => 1 + Math.cos(3 * i * i) / 2);
    diagonalizeSymmetric(d, e, { ...noSweeps(n), begin: () => Math.min(0, count++) });
    expect(count).toBeLessThan(1.8 * n);
  });
});
