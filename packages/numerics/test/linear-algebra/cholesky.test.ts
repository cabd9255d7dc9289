import { cholesky } from '@weightkit/numerics';
import fc from 'fast-check';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { byBothPaths, golden, onBothPaths } from '../both.ts';
import { graded, multiply, normalMatrix, transpose, uniforms, worstAt } from '../matrices.ts';

/** M M' + I. */
function definite(n: number, seed: number): Float64Array {
  const m = normalMatrix(n, n, seed);
  return multiply(m, transpose(m, n, n), n, n, n).map((v, p) => v + (p % (n + 1) === 0 ? 1 : 0));
}

/** The backward error of Cholesky, (n + 1) 2^-53 |L| |L'| <= (n + 2) 1.2e-16 sqrt(a_ii a_jj), by entry. */
const bound = (a: Float64Array, n: number) => (p: number) =>
  (n + 2) * 1.2e-16 * Math.sqrt(a[Math.floor(p / n) * (n + 1)]!) * Math.sqrt(a[(p % n) * (n + 1)]!);

onBothPaths('cholesky', () => {
  it('cholesky(a, shape) agrees with numpy.linalg.cholesky, graded matrices included', () => {
    const cases = golden<{ n: number; by: number; values: number[] }>('factors', 'cholesky');
    expect(cases.length).toBe(7);
    for (const { n, by, values } of cases) {
      const u = uniforms(n, n * n);
      const plain = u.map((_, p) => {
        const [i, j] = [Math.floor(p / n), p % n];
        return i === j ? u[p]! + n : u[Math.max(i, j) * n + Math.min(i, j)]!;
      });
      const a = graded(plain, n, by, by);
      // Both are backward stable and the condition number is below 4 with the grading taken out; row i has its scale.
      const scale = (p: number) => 8 * (n + 2) * 1.2e-16 * Math.sqrt(a[Math.floor(p / n) * (n + 1)]!);
      expect(worstAt(cholesky(a, { rows: n, cols: n }), Float64Array.from(values), scale)).toBeLessThan(1);
    }
  });
  it('cholesky(a, shape) is lower triangular with a positive diagonal, and L L transposed is a', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(1e6), (n, seed) => {
        const a = definite(n, seed);
        const l = cholesky(a, { rows: n, cols: n });
        expect(l.every((v, p) => p % n <= Math.floor(p / n) || v === 0)).toBe(true);
        for (let i = 0; i < n; i++) expect(l[i * (n + 1)]).toBeGreaterThan(0);
        expect(worstAt(multiply(l, transpose(l, n, n), n, n, n), a, bound(a, n))).toBeLessThan(1);
      }),
      { numRuns: 60 },
    );
  });
  it('cholesky(a, shape) holds over several blocks, and agrees with ml-matrix', () => {
    for (const n of [48, 49, 101, 128]) {
      const a = definite(n, n);
      const l = cholesky(a, { rows: n, cols: n });
      expect(worstAt(multiply(l, transpose(l, n, n), n, n, n), a, bound(a, n))).toBeLessThan(1);
      const oracle = new CholeskyDecomposition(Matrix.from1DArray(n, n, a)).lowerTriangularMatrix.to1DArray();
      // The condition number, below 4 n^2, multiplies the backward error.
      const tolerance = () => 4 * n * n * (n + 2) * 1.2e-16 * Math.sqrt(4 * n);
      expect(worstAt(l, Float64Array.from(oracle), tolerance)).toBeLessThan(1);
    }
  });
  it('cholesky(D a D, shape) is D cholesky(a, shape) for powers of two, from 1e-150 to 1e150', () => {
    const n = 31;
    const a = definite(n, 1);
    const d = (i: number) => 2 ** (33 * (i - 15));
    const turned = a.map((v, p) => v * d(Math.floor(p / n)) * d(p % n));
    const l = cholesky(a, { rows: n, cols: n }).map((v, p) => v * d(Math.floor(p / n)));
    expect(cholesky(turned, { rows: n, cols: n })).toEqual(l);
  });
  it('cholesky(a, shape) reads nothing above the diagonal and leaves a alone', () => {
    const a = Float64Array.of(4, Number.NaN, 2, 10);
    expect(Array.from(cholesky(a, { rows: 2, cols: 2 }))).toEqual([2, 0, 1, 3]);
    expect(Array.from(a)).toEqual([4, Number.NaN, 2, 10]);
    expect(Array.from(cholesky(Float32Array.of(9), { rows: 1, cols: 1 }))).toEqual([3]);
  });
  it('cholesky(a, shape) of a matrix without entries is empty', () => {
    expect(cholesky(new Float64Array(0), { rows: 0, cols: 0 }).length).toBe(0);
  });
  it('cholesky(a, shape) of what is not positive definite names the first pivot that is not positive and the remedy', () => {
    const of = (n: number, a: Float64Array) => () => cholesky(a, { rows: n, cols: n });
    const rule = (row: number, pivot: string) =>
      `cholesky: a must be positive definite (add to its diagonal), every pivot above 0 at row ${row}, got ${pivot}`;
    expect(of(2, new Float64Array(4))).toThrow(rule(0, '0'));
    expect(of(2, Float64Array.of(1, 2, 2, 1))).toThrow(rule(1, '-3'));
    expect(of(3, Float64Array.of(1, 0, 0, 0, 4, 0, 1, 2, 2))).toThrow(rule(2, '0'));
    // Entries that would overflow on the way, were the matrix definite, are refused as well.
    expect(of(2, Float64Array.of(1e-300, 0, 1e300, 1))).toThrow(rule(1, '-Infinity'));
    for (const [n, row] of [
      [100, 0],
      [100, 47],
      [100, 48],
      [101, 100],
    ] as const) {
      const a = definite(n, 2);
      a[row * (n + 1)] = -1;
      expect(of(n, a)).toThrow(`every pivot above 0 at row ${row}, got -`);
    }
  });
  it('cholesky(a, shape) rejects non-finite entries and shapes that do not fit', () => {
    const a = Float64Array.of(1, 0, Number.NaN, 1);
    expect(() => cholesky(a, { rows: 2, cols: 2 })).toThrow(
      'cholesky: entries on and below the diagonal must be finite, got NaN at a[2]',
    );
    expect(() => cholesky(a, { rows: 1, cols: 4 })).toThrow('cholesky: cols must be rows = 1, got 4');
    expect(() => cholesky(a, { rows: 3, cols: 3 })).toThrow('cholesky: a must have rows * cols = 9 entries, got 4');
    expect(() => cholesky(a, { rows: -1, cols: -1 })).toThrow('cholesky: rows must be an integer of 0 or more, got -1');
    expect(() => cholesky(a, { rows: 2 ** 16, cols: 2 ** 16 })).toThrow('cholesky: rows * cols must be below 2^31');
    expect(() => cholesky(a, { rows: 2, cols: 2, upper: true } as never)).toThrow('options must be among rows, cols');
    expect(() => cholesky([1] as never, { rows: 1, cols: 1 })).toThrow(TypeError);
    expect(() => cholesky(a, undefined as never)).toThrow('cholesky: shape must have rows and cols');
  });
});

it('cholesky(a, shape) gives the same with and without the kernel but for its last digits', () => {
  const n = 100;
  const a = definite(n, 5);
  const { reference, kernel } = byBothPaths(() => cholesky(a, { rows: n, cols: n }));
  // The kernel sums in another order: the condition number times the backward error.
  expect(worstAt(kernel, reference, () => 1e-9)).toBeLessThan(1);
});
