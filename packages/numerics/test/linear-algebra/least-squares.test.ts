import { leastSquares, solve } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';
import { graded, largestOf, multiply, normalMatrix, transpose, uniforms, worstAt } from '../matrices.ts';

interface Case {
  rows: number;
  cols: number;
  targets: number;
  values: number[];
  norms: number[];
}

onBothPaths('leastSquares', () => {
  it('leastSquares(a, b, shape) agrees with numpy.linalg.lstsq', () => {
    const cases = golden<Case>('factors', 'lstsq');
    expect(cases.length).toBe(4);
    for (const { rows, cols, targets, values, norms } of cases) {
      const [a, b] = [uniforms(rows, rows * cols), uniforms(rows + 1, rows * targets)];
      const found = leastSquares(a, b, { rows, cols, targets });
      // Condition numbers below 100, rows below 30.
      expect(worstAt(found.x, Float64Array.from(values), () => 1e-13)).toBeLessThan(1);
      expect(worstAt(found.residuals, Float64Array.from(norms), () => 1e-13)).toBeLessThan(1);
    }
  });
  it('leastSquares(a, b, shape) leaves a residual orthogonal to the columns', () => {
    const size = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(size, fc.nat(10), size, fc.nat(1e6), (cols, more, targets, seed) => {
        const rows = cols + 5 + more;
        const [a, b] = [normalMatrix(rows, cols, seed), normalMatrix(rows, targets, seed + 1)];
        const { x, residuals, rcond } = leastSquares(a, b, { rows, cols, targets });
        const rest = multiply(a, x, rows, cols, targets).map((v, p) => b[p]! - v);
        const along = multiply(transpose(a, rows, cols), rest, cols, rows, targets);
        // Backward error rows cols 1.1e-16 of |A| (|A| |x| + |b|), of numbers below 5.
        const bound = rows * cols * 1.2e-16 * 5 * rows * (5 * largestOf(x) * cols + 5);
        expect(largestOf(along)).toBeLessThan(bound);
        for (const [j, norm] of residuals.entries()) {
          const own = Math.hypot(...rest.filter((_v, p) => p % targets === j));
          expect(Math.abs(norm - own)).toBeLessThan(bound);
        }
        expect(rcond).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });
  it('leastSquares(a, b, shape) of a square matrix is solve(a, b, shape)', () => {
    const [a, b] = [normalMatrix(9, 9, 1), normalMatrix(9, 2, 2)];
    const { x, rcond } = solve(a, b, { size: 9, cols: 2 });
    const found = leastSquares(a, b, { rows: 9, cols: 9, targets: 2 });
    expect(worstAt(found.x, x, () => (20 * 1.2e-16 * largestOf(x)) / rcond)).toBeLessThan(1);
    expect(largestOf(found.residuals)).toBeLessThan(1e-13);
  });
  it('leastSquares(a E, b, shape) is E^-1 leastSquares(a, b, shape) for powers of two up to 1e150', () => {
    const [a, b] = [normalMatrix(20, 11, 1), normalMatrix(20, 1, 2).map((v) => v * 2 ** 400)];
    const shape = { rows: 20, cols: 11 };
    const plain = leastSquares(a, b, shape);
    const turned = leastSquares(graded(a, 11, 0, 49), b, shape);
    expect(graded(turned.x, 1, 49, 0)).toEqual(plain.x);
    expect(turned.residuals).toEqual(plain.residuals);
  });
  it('leastSquares(a, b, shape) without columns leaves b, without rows nothing', () => {
    const none = leastSquares(new Float64Array(0), Float64Array.of(3, 4), { rows: 2, cols: 0 });
    expect(none).toEqual({ x: new Float64Array(0), rcond: 1, residuals: Float64Array.of(5) });
    expect(leastSquares(new Float64Array(0), new Float64Array(0), { rows: 0, cols: 0 }).residuals).toEqual(
      new Float64Array(1),
    );
  });
  it('leastSquares(a, b, shape) names dependent columns, wide matrices and bad arguments', () => {
    const b = Float64Array.of(1, 2, 3);
    const of =
      (...a: number[]) =>
      () =>
        leastSquares(Float64Array.from(a), b, { rows: 3, cols: a.length / 3 });
    expect(of(1, 2, 2, 4, 3, 6)).toThrow('leastSquares: a must have independent columns, with column 1 at least');
    expect(of(0, 0, 0)).toThrow('leastSquares: a must have independent columns, with column 0 at least 0.0e+0 off');
    expect(of(1, 0, 1, 0, 1, 0)).toThrow('column 1');
    expect(() => leastSquares(b, Float64Array.of(1), { rows: 1, cols: 3 })).toThrow(
      'leastSquares: rows must be cols = 3 or more, got 1',
    );
    expect(() =>
      leastSquares(Float64Array.of(1, 0, 0), new Float64Array(3).fill(1.7e308), { rows: 3, cols: 1 }),
    ).toThrow('leastSquares: norms of what b leaves must be finite, got Infinity at residuals[0]');
    expect(of(1, Number.NaN, 2)).toThrow('leastSquares: entries must be finite, got NaN at a[1]');
    expect(() => leastSquares(b, b, { rows: 3, cols: 1, targets: 2 })).toThrow(
      'b must have rows * targets = 6 entries, got 3',
    );
    expect(() => leastSquares(b, b, { rows: 3 } as never)).toThrow(
      'cols must be an integer of 0 or more, got undefined',
    );
    expect(() => leastSquares(Float64Array.of(1e-200), Float64Array.of(1e200), { rows: 1, cols: 1 })).toThrow(
      'leastSquares: x must be in the range of float64 at row 0, got Infinity',
    );
  });
});
