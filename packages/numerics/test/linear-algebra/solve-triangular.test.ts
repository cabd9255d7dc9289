import { solveTriangular } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';
import { graded, multiply, normalMatrix, transpose, uniforms, worstAt } from '../matrices.ts';

interface Case {
  n: number;
  cols: number;
  by: number;
  lower: boolean;
  transposed: boolean;
  unitDiagonal: boolean;
  values: number[];
}

/** The matrix that the flags make of t. */
function triangleOf(t: Float64Array, n: number, lower: boolean, transposed: boolean, unit: boolean): Float64Array {
  const triangle = t.map((v, p) => {
    const [i, j] = [Math.floor(p / n), p % n];
    if (i === j) return unit ? 1 : v;
    return i > j === lower ? v : 0;
  });
  return transposed ? transpose(triangle, n, n) : triangle;
}

/** Diagonally dominant triangles of both kinds. */
const dominant = (n: number, seed: number) =>
  normalMatrix(n, n, seed).map((v, p) => (p % (n + 1) === 0 ? 2 + Math.abs(v) : v / n));

onBothPaths('solveTriangular', () => {
  it('solveTriangular(t, b, shape) agrees with scipy.linalg.solve_triangular for every combination of flags', () => {
    const cases = golden<Case>('factors', 'solve_triangular');
    expect(cases.length).toBe(36);
    for (const { n, cols, by, values, lower, transposed, unitDiagonal } of cases) {
      const t = graded(uniforms(n, n * n), n, by, -by).map((v, p) => v + (p % (n + 1) === 0 ? 2 : 0));
      const x = solveTriangular(t, uniforms(n + 1, n * cols), { size: n, cols, lower, transposed, unitDiagonal });
      // Substitution is stable row by row; the condition numbers with the grading taken out are below 1e3 at n <= 7. At
      // n = 50 the off-diagonal entries reach the diagonal's size and the solutions grow, and errors with them.
      const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const tolerance = (p: number) =>
        (n < 50 ? 1e3 * Math.abs(values[p]!) + 1e-3 * largest : 1e6 * largest) * n * 1.2e-16;
      expect(worstAt(x, Float64Array.from(values), tolerance)).toBeLessThan(1);
    }
  });
  it('solveTriangular(t, b, shape) solves, the residual within the rounding of its rows', () => {
    const flags = fc.record({ lower: fc.boolean(), transposed: fc.boolean(), unitDiagonal: fc.boolean() });
    const size = fc.integer({ min: 1, max: 18 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 9 }), flags, fc.nat(1e6), (n, cols, flag, seed) => {
        const t = normalMatrix(n, n, seed).map((v, p) => (p % (n + 1) === 0 ? v + 3 * Math.sign(v) : v));
        const b = normalMatrix(n, cols, seed + 1);
        const x = solveTriangular(t, b, { size: n, cols, ...flag });
        const triangle = triangleOf(t, n, flag.lower, flag.transposed, flag.unitDiagonal);
        // |T x - b| <= (n + 1) 1.2e-16 |T| |x| for the solution, as much again for the product made here.
        const scale = multiply(triangle.map(Math.abs), x.map(Math.abs), n, n, cols);
        const residual = multiply(triangle, x, n, n, cols);
        expect(worstAt(residual, b, (p) => 2.4e-16 * (n + 1) * scale[p]!)).toBeLessThan(1);
      }),
      { numRuns: 80 },
    );
  });
  it('solveTriangular(t, b, shape) holds over several blocks', () => {
    for (const [n, cols] of [
      [48, 3],
      [97, 50],
      [130, 1],
    ] as const) {
      const t = dominant(n, n);
      const known = normalMatrix(n, cols, 1);
      for (const lower of [true, false]) {
        for (const transposed of [true, false]) {
          const b = multiply(triangleOf(t, n, lower, transposed, false), known, n, n, cols);
          // Dominant rows: the condition number is below 8.
          expect(
            worstAt(solveTriangular(t, b, { size: n, cols, lower, transposed }), known, () => 1e-15 * n),
          ).toBeLessThan(1);
        }
      }
    }
  });
  it('solveTriangular(D t E, D b, shape) is E^-1 solveTriangular(t, b, shape) for powers of two up to 1e150', () => {
    const n = 12;
    const t = dominant(n, 3);
    const b = normalMatrix(n, 2, 4);
    for (const [byRow, byCol] of [
      [45, 45],
      [-45, 45],
      [45, -45],
      [-45, -45],
    ] as const) {
      for (const lower of [true, false]) {
        const x = solveTriangular(t, b, { size: n, cols: 2, lower });
        const turned = solveTriangular(graded(t, n, byRow, byCol), graded(b, 2, byRow, 0), { size: n, cols: 2, lower });
        expect(worstAt(graded(turned, 2, byCol, 0), x, (p) => 1e-13 * Math.abs(x[p]!) + 1e-14)).toBeLessThan(1);
      }
    }
  });
  it('solveTriangular(t, b, shape) reads nothing outside the triangle, nor a unit diagonal, and leaves both alone', () => {
    const [t, b] = [Float64Array.of(0, Number.NaN, 3, Number.NaN), Float64Array.of(1, 5)];
    expect(Array.from(solveTriangular(t, b, { size: 2, unitDiagonal: true }))).toEqual([1, 2]);
    expect(Array.from(t)).toEqual([0, Number.NaN, 3, Number.NaN]);
    expect(Array.from(b)).toEqual([1, 5]);
    expect(
      Array.from(solveTriangular(Float32Array.of(2, 1, 9, 4), Float32Array.of(4, 8), { size: 2, lower: false })),
    ).toEqual([1, 2]);
  });
  it('solveTriangular(t, b, shape) of zero right sides is zero, and of nothing is nothing', () => {
    expect(Array.from(solveTriangular(Float64Array.of(3), new Float64Array(2), { size: 1, cols: 2 }))).toEqual([0, 0]);
    expect(solveTriangular(new Float64Array(0), new Float64Array(0), { size: 0, cols: 5 }).length).toBe(0);
    expect(solveTriangular(dominant(5, 1), new Float64Array(0), { size: 5, cols: 0 }).length).toBe(0);
  });
  it('solveTriangular(t, b, shape) names a 0 on the diagonal, a solution beyond float64 and bad arguments', () => {
    const t = Float64Array.of(1, 0, 2, 0);
    const b = Float64Array.of(1, 1);
    expect(() => solveTriangular(t, b, { size: 2 })).toThrow(
      'solveTriangular: t must be invertible, without a 0 on its diagonal at row 1, got 0',
    );
    expect(() => solveTriangular(Float64Array.of(1e-300), Float64Array.of(1e300), { size: 1 })).toThrow(
      'solveTriangular: x must be in the range of float64 at row 0, got Infinity',
    );
    const bad = Float64Array.of(1, 0, Number.POSITIVE_INFINITY, 1);
    expect(() => solveTriangular(bad, b, { size: 2 })).toThrow(
      'entries of the triangle must be finite, got Infinity at t[2]',
    );
    expect(() => solveTriangular(t, Float64Array.of(1, Number.NaN), { size: 2 })).toThrow(
      'solveTriangular: entries must be finite, got NaN at b[1]',
    );
    expect(() => solveTriangular(t, b, { size: 2, cols: 2 })).toThrow('b must have size * cols = 4 entries, got 2');
    expect(() => solveTriangular(t, b, { size: 1.5 })).toThrow('size must be an integer of 0 or more, got 1.5');
    expect(() => solveTriangular(t, b, { size: 2, lower: 'no' as never })).toThrow(
      'lower must be true or false, got "no"',
    );
    expect(() => solveTriangular(t, b, { size: 2, upper: true } as never)).toThrow(
      'options must be among size, cols, lower',
    );
  });
});
