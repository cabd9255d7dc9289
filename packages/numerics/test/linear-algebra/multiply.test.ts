import { expect, it } from 'vitest';
import { multiply } from '../../src/linear-algebra/multiply.ts';
import { onBothPaths } from '../both.ts';
import { normalMatrix, multiply as plain, worstAt } from '../matrices.ts';

onBothPaths('multiply', () => {
  it('multiply(a, b, m, k, n) is the sum that defines it, at all sizes up to 9 and beyond a block', () => {
    const sizes = [0, 1, 2, 3, 4, 5, 9];
    const shapes = sizes.flatMap((m) => sizes.flatMap((k) => sizes.map((n) => [m, k, n] as const)));
    for (const [m, k, n] of [...shapes, [70, 130, 67] as const]) {
      const [a, b] = [normalMatrix(m, k, 1), normalMatrix(k, n, 2)];
      const scale = plain(a.map(Math.abs), b.map(Math.abs), m, k, n);
      // k products and sums in another order, each within 1.1e-16 of the sum of magnitudes.
      expect(worstAt(multiply(a, b, m, k, n), plain(a, b, m, k, n), (p) => 2.4e-16 * k * scale[p]!)).toBeLessThan(1);
    }
  });
});
