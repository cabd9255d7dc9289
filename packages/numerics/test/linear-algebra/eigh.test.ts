import { eigh, haarOrthogonal, randomKey, singularValues } from '@weightkit/numerics';
import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { byBothPaths, golden, onBothPaths, worst } from '../both.ts';
import { columnDefect, multiply, nasty, normalMatrix, transpose } from '../matrices.ts';

interface Case {
  name: string;
  rows: number;
  a: number[];
  values: number[];
  vectors: number[];
}

const EPS = 2 ** -53;
const tolerance = (n: number) => 32 * n * EPS;
const largest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));

/** The symmetric matrix with the lower triangle of a. */
const mirrored = (a: Float64Array, n: number) =>
  a.map((v, p) => (p % n > Math.floor(p / n) ? a[(p % n) * n + Math.floor(p / n)]! : v));

function expectDecomposition(a: Float64Array, n: number): void {
  const { values, vectors } = eigh(a, { rows: n, cols: n });
  expect(columnDefect(vectors, n, n)).toBeLessThan(tolerance(n));
  const most = largest(values) || 1;
  const scaled = vectors.map((v, p) => v * (values[p % n]! / most));
  const back = multiply(scaled, transpose(vectors, n, n), n, n, n);
  const want = mirrored(a, n).map((v) => v / most);
  // Values below the normal range are multiples of 5e-324.
  expect(worst(back, want, () => tolerance(n) + (n * 5e-324) / most)).toBeLessThan(1);
  for (let i = 1; i < n; i++) expect(values[i - 1]! <= values[i]!).toBe(true);
}

onBothPaths('eigh', () => {
  it('eigh(a, shape) gives orthonormal Q with Q diag(values) Qt = A, from the lower triangle alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.nat(1e6), (n, seed) => {
        const a = normalMatrix(n, n, seed);
        expectDecomposition(a, n);
        expect(eigh(a, { rows: n, cols: n })).toEqual(eigh(mirrored(a, n), { rows: n, cols: n }));
      }),
      { numRuns: 60 },
    );
    expectDecomposition(normalMatrix(75, 75, 1), 75);
  });
  it('eigh(a, shape) does so for zero, rank-deficient, graded, denormal and huge matrices', () => {
    for (const make of Object.values(nasty)) for (const n of [1, 2, 5, 20]) expectDecomposition(make(n, n), n);
  });
  it('eigh(a, shape) agrees with scipy.linalg.eigh: values, and vectors where the values are separated', () => {
    const cases = golden<Case>('decompositions', 'eigh');
    expect(cases.length).toBe(6);
    for (const { name, rows: n, a, values, vectors } of cases) {
      const found = eigh(Float64Array.from(a), { rows: n, cols: n });
      const most = largest(values);
      expect({ name, ok: worst(found.values, values, () => 2e-15 * n * most) < 1 }).toEqual({ name, ok: true });
      for (let j = 0; j < n; j++) {
        // A vector turns by the error of the matrix over the distance to the next value (Davis and Kahan 1970).
        const gap = Math.min(...values.filter((_, i) => i !== j).map((v) => Math.abs(v - values[j]!)), most);
        if (gap < 1e-7 * most) continue;
        const column = (x: ArrayLike<number>) => Array.from({ length: n }, (_, i) => x[i * n + j]!);
        expect(worst(column(found.vectors), column(vectors), () => (2e-15 * n * most) / gap)).toBeLessThan(1);
      }
    }
  });
  it('eigh(a, shape) of the second difference matrix has 2 - 2 cos(k pi / (n + 1)) and sines', () => {
    const n = 30;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = -1;
    }
    const { values, vectors } = eigh(a, { rows: n, cols: n });
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    expect(worst(values, expected, () => 2e-15 * n * 4)).toBeLessThan(1);
    const first = Array.from({ length: n }, (_, i) => vectors[i * n]!);
    const sine = Array.from({ length: n }, (_, i) => Math.sqrt(2 / (n + 1)) * Math.sin(((i + 1) * Math.PI) / (n + 1)));
    // The distance to the second value is 0.03.
    expect(worst(first, sine, () => (2e-15 * n * 4) / 0.03)).toBeLessThan(1);
  });
  it('eigh(a, shape) agrees with ml-matrix, and has the singular values as magnitudes', () => {
    const n = 15;
    const a = mirrored(normalMatrix(n, n, 2), n);
    const { values } = eigh(a, { rows: n, cols: n });
    const oracle = new EigenvalueDecomposition(Matrix.from1DArray(n, n, a), { assumeSymmetric: true }).realEigenvalues;
    expect(worst(values, oracle.sort((x, y) => x - y) as number[], () => 1e-13)).toBeLessThan(1);
    const sizes = values.map(Math.abs).sort().reverse();
    expect(worst(sizes, singularValues(a, { rows: n, cols: n }), () => 1e-13)).toBeLessThan(1);
  });
  it('eigh(Q D Qt, shape) gives back D, negative values included', () => {
    const n = 30;
    const q = haarOrthogonal(n, n, randomKey(5));
    const d = Float64Array.from({ length: n }, (_, i) => i - 10.5);
    const a = multiply(
      q.map((v, p) => v * d[p % n]!),
      transpose(q, n, n),
      n,
      n,
      n,
    );
    expect(worst(eigh(a, { rows: n, cols: n }).values, d, () => 1e-13)).toBeLessThan(1);
  });
  it('eigh(a, shape) makes the first largest entry of every column positive', () => {
    const n = 6;
    for (const a of [normalMatrix(n, n, 8), nasty.ones!(n, n), nasty.identity!(n, n)]) {
      const { vectors } = eigh(a, { rows: n, cols: n });
      for (let j = 0; j < n; j++) {
        const column = Array.from({ length: n }, (_, i) => vectors[i * n + j]!);
        const most = largest(column);
        expect(column.find((v) => Math.abs(v) >= most * (1 - 1e-6))).toBeGreaterThan(0);
      }
    }
  });
  it('eigh(a, shape) does not read above the diagonal', () => {
    const a = Float64Array.of(2, Number.NaN, 1, 2);
    expect(worst(eigh(a, { rows: 2, cols: 2 }).values, [1, 3], () => 1e-14)).toBeLessThan(1);
  });
  it('eigh(a, shape) of a 0 x 0 matrix is empty', () => {
    const { values, vectors } = eigh(new Float64Array(0), { rows: 0, cols: 0 });
    expect([values.length, vectors.length]).toEqual([0, 0]);
  });
  it('eigh(a, shape) leaves a alone and rejects what is not square and finite', () => {
    const a = Float64Array.of(1, 2, 3, 4);
    eigh(a, { rows: 2, cols: 2 });
    expect(Array.from(a)).toEqual([1, 2, 3, 4]);
    expect(() => eigh(a, { rows: 1, cols: 4 })).toThrow('eigh: cols must equal rows = 1, got 4');
    expect(() => eigh(new Float32Array(0), { rows: 0, cols: 4 })).toThrow('eigh: cols must equal rows = 0, got 4');
    expect(() => eigh(a, { rows: 3, cols: 3 })).toThrow('eigh: a must have rows * cols = 9 entries, got 4');
    expect(() => eigh(Float64Array.of(1, 0, Number.NaN, 1), { rows: 2, cols: 2 })).toThrow(
      'eigh: entries must be finite, got NaN at a[2]',
    );
    expect(() => eigh(a, { rows: 2, cols: 2, upper: true } as never)).toThrow('eigh: options must be among rows, cols');
  });
});

it('eigh(a, shape) is the same with and without WebAssembly but for the order of sums', () => {
  const n = 40;
  const a = normalMatrix(n, n, 9);
  const { reference, kernel } = byBothPaths(() => eigh(a, { rows: n, cols: n }));
  const { values } = reference;
  const bound = 2e-15 * n * largest(values);
  expect(worst(kernel.values, values, () => bound)).toBeLessThan(1);
  const gap = values.reduce((least, v, i) => (i === 0 ? least : Math.min(least, v - values[i - 1]!)), 1);
  expect(worst(kernel.vectors, reference.vectors, () => bound / gap)).toBeLessThan(1);
});
