import { solve } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { columnNorm, inverseNorm, reciprocal } from '../../src/linear-algebra/inverse-norm.ts';
import { multiply, normalMatrix, transpose } from '../matrices.ts';

describe('inverseNorm', () => {
  it('inverseNorm(n, solver) is at most the norm of the inverse, and rarely below a third of it', () => {
    for (let seed = 0; seed < 40; seed++) {
      const n = 1 + (seed % 12);
      const identity = Float64Array.from({ length: n * n }, (_, p) => (p % (n + 1) === 0 ? 1 : 0));
      const inverse = solve(normalMatrix(n, n, seed), identity, { size: n, cols: n }).x;
      const by = (m: Float64Array) => (x: Float64Array) => x.set(multiply(m, x.slice(), n, n, 1));
      const estimate = inverseNorm(n, { solve: by(inverse), solveTransposed: by(transpose(inverse, n, n)) });
      const norm = columnNorm(inverse, n);
      expect(estimate).toBeLessThanOrEqual(norm * (1 + 1e-12));
      expect(estimate).toBeGreaterThan(norm / 3);
    }
  });
  it('columnNorm(a, n) is the largest column sum of magnitudes', () => {
    expect(columnNorm(Float64Array.of(1, -5, -3, 2), 2)).toBe(7);
    expect(columnNorm(new Float64Array(0), 0)).toBe(0);
  });
  it('reciprocal(norm, inverse) is 0 when the condition is not finite, and at most 1', () => {
    expect(reciprocal(2, 4)).toBe(0.125);
    expect(reciprocal(1, 1 - 1e-16)).toBe(1);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) expect(reciprocal(2, bad)).toBe(0);
  });
});
