import { solve } from '@weightkit/numerics';
import fc from 'fast-check';
import { Matrix, solve as oracle } from 'ml-matrix';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';
import { graded, largestOf, multiply, normalMatrix, transpose, uniforms, worstAt } from '../matrices.ts';

onBothPaths('solve', () => {
  it('solve(a, b, shape) agrees with numpy.linalg.solve, and rcond with numpy.linalg.cond', () => {
    const cases = golden<{ n: number; cols: number; by: number; values: number[]; rcond: number }>('factors', 'solve');
    expect(cases.length).toBe(5);
    for (const { n, cols, by, values, rcond } of cases) {
      const found = solve(graded(uniforms(n, n * n), n, by, -by), uniforms(n + 1, n * cols), { size: n, cols });
      const expected = Float64Array.from(values);
      // Rounding times the condition number; the grading makes rows of their own scale.
      const least = by ? 0 : largestOf(expected);
      const tolerance = (p: number) => ((n * 1.2e-16) / rcond) * Math.max(Math.abs(values[p]!), least);
      expect(worstAt(found.x, expected, tolerance)).toBeLessThan(1);
      // Higham 1988: a lower bound of the inverse's norm, rarely below a third of it.
      expect(found.rcond / rcond).toBeGreaterThan(1 - 1e-12);
      expect(found.rcond / rcond).toBeLessThan(3);
    }
  });
  it('solve(a, b, shape) agrees with ml-matrix', () => {
    for (const [n, cols] of [
      [3, 1],
      [20, 4],
      [60, 60],
    ] as const) {
      const [a, b] = [normalMatrix(n, n, n), normalMatrix(n, cols, 1)];
      const other = oracle(Matrix.from1DArray(n, n, a), Matrix.from1DArray(n, cols, b)).to1DArray();
      const { x, rcond } = solve(a, b, { size: n, cols });
      const tolerance = ((n * 2.4e-16) / rcond) * largestOf(x);
      expect(worstAt(x, Float64Array.from(other), () => tolerance)).toBeLessThan(1);
    }
  });
  it('solve(a, b, shape) has a residual within rounding, whatever the condition', () => {
    const size = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 6 }), fc.nat(1e6), (n, cols, seed) => {
        const [a, b] = [normalMatrix(n, n, seed), normalMatrix(n, cols, seed + 1)];
        const { x, rcond } = solve(a, b, { size: n, cols });
        expect(rcond).toBeGreaterThan(0);
        expect(rcond).toBeLessThanOrEqual(1);
        // Backward error n 1.1e-16 times the growth of the pivots, below 10 for such matrices, times |A| |x| per row.
        const bound = 10 * n * 1.2e-16 * n * largestOf(a) * largestOf(x);
        expect(worstAt(multiply(a, x, n, n, cols), b, () => bound)).toBeLessThan(1);
      }),
      { numRuns: 80 },
    );
  });
  it('solve(a, b, shape) gives the inverse over several blocks, and that of the transpose is its transpose', () => {
    const n = 110;
    const a = normalMatrix(n, n, 9);
    const identity = a.map((_, p) => (p % (n + 1) === 0 ? 1 : 0));
    const { x, rcond } = solve(a, identity, { size: n, cols: n });
    const bound = (n * 2.4e-16) / rcond;
    const most = bound * largestOf(x);
    expect(worstAt(multiply(a, x, n, n, n), identity, () => bound)).toBeLessThan(1);
    expect(worstAt(multiply(x, a, n, n, n), identity, () => bound)).toBeLessThan(1);
    const turned = solve(transpose(a, n, n), identity, { size: n, cols: n }).x;
    expect(worstAt(transpose(turned, n, n), x, () => most)).toBeLessThan(1);
  });
  it('solve(a, b, shape) of permutations and diagonals is exact', () => {
    const { x, rcond } = solve(Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0), Float64Array.of(5, 6, 7), { size: 3 });
    expect(Array.from(x)).toEqual([6, 7, 5]);
    expect(rcond).toBe(1);
    const diagonal = solve(Float64Array.of(4, 0, 0, 1e-200), Float64Array.of(2, 1e100), { size: 2 });
    expect(diagonal.x[0]).toBe(0.5);
    expect(Math.abs(diagonal.x[1]! / 1e300 - 1)).toBeLessThan(1e-15);
  });
  it('solve(D a E, D b, shape) is E^-1 solve(a, b, shape) for powers of two up to 1e150', () => {
    const n = 12;
    const [a, b] = [normalMatrix(n, n, 3), normalMatrix(n, 2, 4)];
    const { x } = solve(a, b, { size: n, cols: 2 });
    for (const [byRow, byCol] of [
      [45, 45],
      [-45, 45],
      [45, -45],
      [-45, -45],
    ] as const) {
      const turned = solve(graded(a, n, byRow, byCol), graded(b, 2, byRow, 0), { size: n, cols: 2 });
      // The scales that are taken out leave nearly the same matrix; its condition number is below 1e3.
      expect(worstAt(graded(turned.x, 2, byCol, 0), x, () => 1e-12)).toBeLessThan(1);
    }
  });
  it('solve(a, b, shape) tells how near to singular a is', () => {
    const hilbert = Float64Array.from({ length: 64 }, (_, p) => 1 / (1 + Math.floor(p / 8) + (p % 8)));
    // Its 1-norm condition is 3.4e10 (Higham 2002, table 28.1); with rows and columns of one size less by about ten.
    const { rcond } = solve(hilbert, new Float64Array(8).fill(1), { size: 8 });
    expect(rcond).toBeGreaterThan(1e-11);
    expect(rcond).toBeLessThan(1e-8);
    const nearly = Float64Array.of(1, 1, 1, 1 + 2 ** -52);
    expect(solve(nearly, Float64Array.of(1, 1), { size: 2 }).rcond).toBeLessThan(1e-16);
  });
  it('solve(a, b, shape) of nothing is nothing, of zero right sides zero', () => {
    expect(solve(new Float64Array(0), new Float64Array(0), { size: 0 })).toEqual({ x: new Float64Array(0), rcond: 1 });
    expect(solve(normalMatrix(3, 3, 1), new Float64Array(0), { size: 3, cols: 0 }).x.length).toBe(0);
    expect(Array.from(solve(normalMatrix(3, 3, 1), new Float64Array(3), { size: 3 }).x, Math.abs)).toEqual([0, 0, 0]);
  });
  it('solve(a, b, shape) names the column without a pivot, a solution beyond float64 and bad arguments', () => {
    const b = Float64Array.of(1, 1);
    const rule = (column: number) =>
      `solve: a must be invertible, with a pivot that is not 0 in column ${column}, got 0`;
    expect(() => solve(new Float64Array(4), b, { size: 2 })).toThrow(rule(0));
    expect(() => solve(Float64Array.of(1, 2, 2, 4), b, { size: 2 })).toThrow(rule(1));
    const n = 70;
    const flat = normalMatrix(n, n, 1).map((v, p) => (p % n === 60 ? 0 : v));
    expect(() => solve(flat, new Float64Array(n), { size: n })).toThrow(rule(60));
    expect(() => solve(Float64Array.of(1e-200), Float64Array.of(1e200), { size: 1 })).toThrow(
      'solve: x must be in the range of float64 at row 0, got Infinity',
    );
    expect(() => solve(Float64Array.of(1, 0, Number.NaN, 1), b, { size: 2 })).toThrow(
      'solve: entries must be finite, got NaN at a[2]',
    );
    expect(() => solve(new Float64Array(4), b, { size: 2, cols: 3 })).toThrow('b must have size * cols = 6 entries');
    expect(() => solve(new Float64Array(4), b, { size: -2 })).toThrow(
      'solve: size must be an integer of 0 or more, got -2',
    );
    expect(() => solve(new Float64Array(4), b, { rows: 2 } as never)).toThrow('options must be among size, cols');
    expect(() => solve('a' as never, b, { size: 2 })).toThrow(
      'solve: a must be a Float32Array or Float64Array, got "a"',
    );
  });
  it('solve(a, b, shape) leaves both alone', () => {
    const [a, b] = [Float32Array.of(2, 1, 1, 3), Float32Array.of(3, 4)];
    expect(worstAt(solve(a, b, { size: 2 }).x, Float64Array.of(1, 1), () => 1e-15)).toBeLessThan(1);
    expect([...a, ...b]).toEqual([2, 1, 1, 3, 3, 4]);
  });
});
