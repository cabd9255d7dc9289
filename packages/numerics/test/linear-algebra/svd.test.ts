import { haarOrthogonal, randomKey, singularValues, svd } from '@weightkit/numerics';
import fc from 'fast-check';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { expect, it } from 'vitest';
import { byBothPaths, golden, onBothPaths, worst } from '../both.ts';
import { columnDefect, multiply, nasty, normalMatrix, residual, transpose } from '../matrices.ts';

interface Case {
  name: string;
  rows: number;
  cols: number;
  a: number[];
  u: number[];
  s: number[];
  vt: number[];
}

const EPS = 2 ** -53;
// A product of some hundred reflections and rotations is orthonormal, and gives back the matrix, to a few roundings for each
// row and column that they touch; 16 (rows + cols) is about five times the most that was seen.
const tolerance = (rows: number, cols: number) => 16 * (rows + cols) * EPS;

function expectDecomposition(a: Float32Array | Float64Array, rows: number, cols: number): void {
  const found = svd(a, { rows, cols });
  const { u, s, vt } = found;
  const k = Math.min(rows, cols);
  expect([u.length, s.length, vt.length]).toEqual([rows * k, k, k * cols]);
  expect(columnDefect(u, rows, k)).toBeLessThan(tolerance(rows, cols));
  expect(columnDefect(transpose(vt, k, cols), cols, k)).toBeLessThan(tolerance(rows, cols));
  // Values below the normal range are multiples of 5e-324.
  const grain = s[0] ? (k * 5e-324) / s[0] : 0;
  expect(residual(found, a, rows, cols)).toBeLessThan(tolerance(rows, cols) + grain);
  for (let i = 1; i < k; i++) expect(s[i - 1]! >= s[i]! && s[i]! >= 0).toBe(true);
  const close = () => 1e-15 * (rows + cols) * s[0]! + 5e-324;
  expect(worst(singularValues(a, { rows, cols }), s, close)).toBeLessThanOrEqual(1);
}

onBothPaths('svd', () => {
  it('svd(a, shape) gives orthonormal U and V with U S Vt = A for any shape', () => {
    const size = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(size, size, fc.nat(1e6), (rows, cols, seed) => {
        expectDecomposition(normalMatrix(rows, cols, seed), rows, cols);
      }),
      { numRuns: 60 },
    );
    for (const [rows, cols] of [
      [70, 67],
      [67, 70],
      [150, 41],
    ] as const)
      expectDecomposition(normalMatrix(rows, cols, rows), rows, cols);
  });
  it('svd(a, shape) does so for zero, rank-deficient, graded, denormal and huge matrices', () => {
    for (const make of Object.values(nasty)) {
      for (const [rows, cols] of [
        [1, 1],
        [1, 6],
        [6, 1],
        [5, 5],
        [12, 9],
        [7, 20],
        [40, 20],
        [90, 40],
        [41, 40],
      ] as const)
        expectDecomposition(make(rows, cols), rows, cols);
    }
  });
  it('svd(a, shape) agrees with numpy.linalg.svd: values, and vectors where the values are separated', () => {
    const cases = golden<Case>('decompositions', 'svd');
    expect(cases.length).toBe(11);
    for (const { name, rows, cols, a, u, s, vt } of cases) {
      const found = svd(Float64Array.from(a), { rows, cols });
      const k = s.length;
      const values = worst(found.s, s, () => 1e-15 * (rows + cols) * s[0]!);
      expect({ name, ok: values < 1 }).toEqual({ name, ok: true });
      for (let j = 0; j < k; j++) {
        // A vector turns by the error of the matrix over the distance to the next value (Davis and Kahan 1970); 0 is next to
        // the last value of a matrix that is not square.
        const others = [...s.filter((_, i) => i !== j), ...(rows === cols ? [] : [0])];
        const gap = Math.min(...others.map((v) => Math.abs(v - s[j]!)), s[0]!);
        if (gap < 1e-7 * s[0]!) continue;
        const bound = () => (1e-15 * (rows + cols) * s[0]!) / gap;
        const column = (x: ArrayLike<number>) => Array.from({ length: rows }, (_, i) => x[i * k + j]!);
        expect(worst(column(found.u), column(u), bound)).toBeLessThan(1);
        const row = (x: Float64Array | number[]) => x.slice(j * cols, (j + 1) * cols);
        expect(worst(row(found.vt), row(vt), bound)).toBeLessThan(1);
      }
    }
  });
  it('svd(a, shape) agrees with ml-matrix', () => {
    for (const [rows, cols] of [
      [9, 9],
      [30, 7],
      [7, 30],
    ] as const) {
      const a = normalMatrix(rows, cols, rows);
      const oracle = new SingularValueDecomposition(Matrix.from1DArray(rows, cols, a), { autoTranspose: true });
      const { s, u } = svd(a, { rows, cols });
      expect(worst(s, oracle.diagonal, () => 1e-15 * (rows + cols) * s[0]!)).toBeLessThan(1);
      const k = Math.min(rows, cols);
      const theirs = oracle.leftSingularVectors.to2DArray().flatMap((row) => row.slice(0, k));
      expect(
        worst(
          u.map((v) => Math.abs(v)),
          theirs.map((v) => Math.abs(v)),
          () => 1e-10,
        ),
      ).toBeLessThan(1);
    }
  });
  it('svd(U S V, shape) gives back S, a condition number of 1e6 to 1e-10', () => {
    for (const [rows, cols] of [
      [40, 40],
      [30, 90],
    ] as const) {
      const n = Math.min(rows, cols);
      const s = Float64Array.from({ length: n }, (_, i) => 10 ** (-6 * (i / (n - 1))));
      const u = haarOrthogonal(rows, n, randomKey(1)).map((v, p) => v * s[p % n]!);
      const found = svd(multiply(u, haarOrthogonal(n, cols, randomKey(2)), rows, n, cols), { rows, cols });
      expect(worst(found.s, s, (v) => 1e-10 * v)).toBeLessThan(1);
      expect(Math.abs(found.s[0]! / found.s[n - 1]! / 1e6 - 1)).toBeLessThan(1e-10);
    }
  });
  it('svd(a, shape) makes the first largest entry of every column of U positive, however it is rounded', () => {
    for (const [rows, cols] of [
      [8, 8],
      [5, 9],
      [20, 6],
    ] as const) {
      const k = Math.min(rows, cols);
      for (const make of [nasty.ones!, nasty['rank 2']!, (r: number, c: number) => normalMatrix(r, c, 3)]) {
        const { u } = svd(make(rows, cols), { rows, cols });
        for (let j = 0; j < k; j++) {
          const column = Array.from({ length: rows }, (_, i) => u[i * k + j]!);
          const largest = Math.max(...column.map(Math.abs));
          expect(column.find((v) => Math.abs(v) >= largest * (1 - 1e-6))).toBeGreaterThan(0);
        }
      }
    }
  });
  it('svd(a, shape) of the transpose and of A times a power of two has the same values and, but for signs, vectors', () => {
    const [rows, cols] = [11, 7];
    const a = normalMatrix(rows, cols, 4);
    const plain = svd(a, { rows, cols });
    const turned = svd(transpose(a, rows, cols), { rows: cols, cols: rows });
    expect(Array.from(turned.s)).toEqual(Array.from(plain.s));
    const sizes = (x: Float64Array) => Array.from(x, Math.abs);
    expect(sizes(turned.vt)).toEqual(sizes(transpose(plain.u, rows, cols)));
    expect(sizes(turned.u)).toEqual(sizes(transpose(plain.vt, cols, cols)));
    for (const scale of [2 ** 500, 2 ** -500]) {
      const scaled = svd(
        a.map((v) => v * scale),
        { rows, cols },
      );
      expect(scaled.u).toEqual(plain.u);
      expect(scaled.vt).toEqual(plain.vt);
      expect(scaled.s).toEqual(plain.s.map((v) => v * scale));
    }
  });
  it('svd(a, shape) of a matrix without entries is empty', () => {
    for (const shape of [
      { rows: 0, cols: 5 },
      { rows: 5, cols: 0 },
      { rows: 0, cols: 0 },
    ]) {
      const { u, s, vt } = svd(new Float32Array(0), shape);
      expect([u.length, s.length, vt.length]).toEqual([0, 0, 0]);
    }
  });
  it('svd(a, shape) leaves a alone and rejects what is no matrix, before it takes memory', () => {
    const a = Float64Array.of(1, 2, 3, 4);
    svd(a, { rows: 2, cols: 2 });
    expect(Array.from(a)).toEqual([1, 2, 3, 4]);
    expect(() => svd(a, { rows: 2, cols: 3 })).toThrow('svd: a must have rows * cols = 6 entries, got 4');
    expect(() => svd(a, { rows: 1.5, cols: 2 })).toThrow('svd: rows must be an integer of 0 or more, got 1.5');
    expect(() => svd(a, { rows: 2 ** 20, cols: 2 ** 20 })).toThrow('svd: rows * cols must be below 2^31');
    expect(() => svd(Float32Array.of(Number.POSITIVE_INFINITY), { rows: 1, cols: 1 })).toThrow(
      'svd: entries must be finite, got Infinity at a[0]',
    );
    expect(() => svd([1] as never, { rows: 1, cols: 1 })).toThrow('svd: a must be a Float32Array or Float64Array');
    expect(() => svd(a, undefined as never)).toThrow('svd: shape must have rows and cols');
    expect(() => svd(a, { rows: 2, cols: 2, full: true } as never)).toThrow('svd: options must be among rows, cols');
  });
});

it('svd(a, shape) is the same with and without WebAssembly but for the order of sums', () => {
  for (const [rows, cols] of [
    [20, 20],
    [50, 12],
  ] as const) {
    const a = normalMatrix(rows, cols, 9);
    const { reference, kernel } = byBothPaths(() => svd(a, { rows, cols }));
    const s = reference.s;
    expect(worst(kernel.s, s, () => 1e-15 * (rows + cols) * s[0]!)).toBeLessThan(1);
    // Vectors turn by the rounding over the least distance of two values.
    const gap = s.reduce((least, v, i) => (i === 0 ? least : Math.min(least, s[i - 1]! - v)), s[s.length - 1]!);
    const bound = () => (1e-15 * (rows + cols) * s[0]!) / gap;
    expect(worst(kernel.u, reference.u, bound)).toBeLessThan(1);
    expect(worst(kernel.vt, reference.vt, bound)).toBeLessThan(1);
  }
});

it('svd(a, shape) and singularValues(a, shape) of some hundred rows, in many blocks, keep a condition number of 1e6 to 1e-10', () => {
  const [rows, cols] = [230, 200];
  const s = Float64Array.from({ length: cols }, (_, i) => 10 ** (-6 * (i / (cols - 1))));
  const u = haarOrthogonal(rows, cols, randomKey(1)).map((v, p) => v * s[p % cols]!);
  const a = multiply(u, haarOrthogonal(cols, cols, randomKey(2)), rows, cols, cols);
  const found = svd(a, { rows, cols });
  expect(columnDefect(found.u, rows, cols)).toBeLessThan(tolerance(rows, cols));
  expect(residual(found, a, rows, cols)).toBeLessThan(tolerance(rows, cols));
  for (const values of [found.s, singularValues(a, { rows, cols })]) {
    expect(Math.abs(values[0]! / values[cols - 1]! / 1e6 - 1)).toBeLessThan(1e-10);
  }
});
