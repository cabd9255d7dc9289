import { inverseFactor } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onBothPaths } from '../both.ts';
import { multiply, normalMatrix, transpose } from '../matrices.ts';

onBothPaths('inverseFactor', () => {
  it("inverseFactor(a, shape) is upper, with a positive diagonal, and U'U A is the identity", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(1000), (n, seed) => {
        const m = normalMatrix(n, n, seed);
        const a = multiply(m, transpose(m, n, n), n, n, n).map((v, p) => v + (p % (n + 1) === 0 ? 1 : 0));
        const u = inverseFactor(a, { rows: n, cols: n });
        const product = multiply(multiply(transpose(u, n, n), u, n, n, n), a, n, n, n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            // Eigenvalues of A are 1 to about 4 n + 1: its condition number is below 1e4.
            expect(Math.abs(product[i * n + j]! - (i === j ? 1 : 0))).toBeLessThan(1e-9);
            if (j < i) expect(u[i * n + j]).toBe(0);
          }
        for (let i = 0; i < n; i++) expect(u[i * n + i]).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('inverseFactor(a, shape) is the same for more columns than are solved for at a time', () => {
    const n = 150;
    const m = normalMatrix(n, n, 3);
    const a = multiply(m, transpose(m, n, n), n, n, n).map((v, p) => v + (p % (n + 1) === 0 ? n : 0));
    const u = inverseFactor(a, { rows: n, cols: n });
    const product = multiply(multiply(transpose(u, n, n), u, n, n, n), a, n, n, n);
    // The condition number is below 8: 150 roundings of 1.1e-16 in each of four steps.
    for (let p = 0; p < product.length; p++)
      expect(Math.abs(product[p]! - (p % (n + 1) === 0 ? 1 : 0))).toBeLessThan(4 * 150 * 8 * 1.2e-16 * 10);
  });

  it('inverseFactor(a, shape) reads nothing below the diagonal, and names the pivot that is not positive', () => {
    const u = inverseFactor(Float64Array.of(4, 2, Number.NaN, 10), { rows: 2, cols: 2 });
    // The inverse is [10, -2, -2, 4] / 36: u_00 is the root of its first entry.
    expect(u[0]).toBeCloseTo(Math.sqrt(10 / 36), 14);
    expect(inverseFactor(new Float64Array(0), { rows: 0, cols: 0 })).toHaveLength(0);
    expect(() => inverseFactor(Float64Array.of(1, 0, 0, 0), { rows: 2, cols: 2 })).toThrow(
      'inverseFactor: a must be positive definite (add to its diagonal), every pivot above 0 at row 1, got 0',
    );
  });
});
