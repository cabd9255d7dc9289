import { fillUniform, haarOrthogonal, randomKey, singularValues } from '@weightkit/numerics';
import fc from 'fast-check';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { expect, it } from 'vitest';
import { golden, onBothPaths, worst } from '../both.ts';
import { multiply, normalMatrix, transpose } from '../matrices.ts';

interface Case {
  rows: number;
  cols: number;
  byRow: number;
  byCol: number;
  values: number[];
}

// Backward stability: every value is off by at most a small multiple of (rows + cols) * 1.1e-16 times the largest.
const tolerance = (values: ArrayLike<number>, rows: number, cols: number) => () => 1e-15 * (rows + cols) * values[0]!;

onBothPaths('singularValues', () => {
  it('singularValues(a, shape) agrees with numpy.linalg.svd, graded and wide matrices included', () => {
    const cases = golden<Case>('matrices', 'svd');
    expect(cases.length).toBe(13);
    for (const { rows, cols, byRow, byCol, values } of cases) {
      const u = fillUniform(new Float32Array(rows * cols), randomKey(rows * 100 + cols));
      const a = Float64Array.from(u, (v, p) => (v * 2 - 1) * 2 ** (byRow * Math.floor(p / cols) + byCol * (p % cols)));
      expect(worst(singularValues(a, { rows, cols }), values, tolerance(values, rows, cols))).toBeLessThan(1);
    }
  });
  it('singularValues(a, shape) agrees with ml-matrix', () => {
    for (const [rows, cols] of [
      [9, 9],
      [30, 7],
      [7, 30],
      [26, 20],
    ] as const) {
      const a = normalMatrix(rows, cols, rows);
      const oracle = new SingularValueDecomposition(Matrix.from1DArray(rows, cols, a), { autoTranspose: true })
        .diagonal;
      expect(worst(singularValues(a, { rows, cols }), oracle, tolerance(oracle, rows, cols))).toBeLessThan(1);
    }
  });
  it('singularValues(U S V, shape) gives back S, a condition number of 1e6 to 1e-10', () => {
    for (const [rows, cols] of [
      [40, 40],
      [90, 30],
      [30, 90],
    ] as const) {
      const n = Math.min(rows, cols);
      const s = Float64Array.from({ length: n }, (_, i) => 10 ** (-6 * (i / (n - 1))));
      const u = haarOrthogonal(rows, n, randomKey(1)).map((v, p) => v * s[p % n]!);
      const a = multiply(u, haarOrthogonal(n, cols, randomKey(2)), rows, n, cols);
      const values = singularValues(a, { rows, cols });
      expect(worst(values, s, (v) => 1e-10 * v)).toBeLessThan(1);
      expect(Math.abs(values[0]! / values[n - 1]! / 1e6 - 1)).toBeLessThan(1e-10);
    }
  });
  it('singularValues(a, shape) do not change by transposition and orthogonal factors, their squares sum to those of a', () => {
    const size = fc.integer({ min: 1, max: 17 });
    fc.assert(
      fc.property(size, size, fc.nat(1e6), (rows, cols, seed) => {
        const a = normalMatrix(rows, cols, seed);
        const values = singularValues(a, { rows, cols });
        const bound = tolerance(values, rows, cols);
        expect(worst(singularValues(transpose(a, rows, cols), { rows: cols, cols: rows }), values, bound)).toBeLessThan(
          1,
        );
        const q = haarOrthogonal(rows, rows, randomKey(seed));
        const turned = singularValues(multiply(q, a, rows, rows, cols), { rows, cols });
        expect(worst(turned, values, () => 4 * bound())).toBeLessThan(1);
        const squares = a.reduce((sum, v) => sum + v * v, 0);
        expect(Math.abs(values.reduce((sum, v) => sum + v * v, 0) / squares - 1)).toBeLessThan(1e-13);
      }),
      { numRuns: 60 },
    );
  });
  it('singularValues(a, shape) are right at 1e150, 1e-150 and the ends of float64', () => {
    const a = normalMatrix(12, 8, 3);
    const plain = singularValues(a, { rows: 12, cols: 8 });
    for (const scale of [1e150, 1e-150, 2 ** 1015, 2 ** -1000]) {
      const values = singularValues(
        a.map((v) => v * scale),
        { rows: 12, cols: 8 },
      );
      expect(
        worst(
          values.map((v) => v / scale),
          plain,
          (v) => 1e-13 * v,
        ),
      ).toBeLessThan(1);
    }
  });
  it('singularValues(a, shape) of zero, low-rank, diagonal and one-line matrices', () => {
    expect(Array.from(singularValues(new Float32Array(6), { rows: 2, cols: 3 }))).toEqual([0, 0]);
    const line = Float64Array.of(3, 0, -4);
    expect(Array.from(singularValues(line, { rows: 1, cols: 3 }))).toEqual([5]);
    expect(Array.from(singularValues(line, { rows: 3, cols: 1 }))).toEqual([5]);
    expect(Array.from(singularValues(Float64Array.of(0, 2, 0, 0, 0, -7, 1e-200, 0, 0), { rows: 3, cols: 3 }))).toEqual([
      7, 2, 1e-200,
    ]);
    const low = multiply(normalMatrix(20, 3, 1), normalMatrix(3, 15, 2), 20, 3, 15);
    const values = singularValues(low, { rows: 20, cols: 15 });
    expect(values[2]).toBeGreaterThan(1);
    for (const value of values.slice(3)) expect(value).toBeLessThan(1e-14 * values[0]!);
    expect(Array.from(singularValues(new Float64Array(90).fill(1), { rows: 9, cols: 10 }))[0]).toBeCloseTo(
      Math.sqrt(90),
      12,
    );
  });
  it('singularValues(a, shape) of a matrix without entries is empty', () => {
    for (const shape of [
      { rows: 0, cols: 5 },
      { rows: 5, cols: 0 },
      { rows: 0, cols: 0 },
    ]) {
      expect(singularValues(new Float32Array(0), shape).length).toBe(0);
    }
  });
  it('singularValues(a, shape) leaves a alone and rejects non-finite entries and shapes that do not fit', () => {
    const a = Float64Array.of(1, 2, 3, 4);
    singularValues(a, { rows: 2, cols: 2 });
    expect(Array.from(a)).toEqual([1, 2, 3, 4]);
    const of = (rows: number, cols: number) => () => singularValues(a, { rows, cols });
    expect(of(2, 3)).toThrow('singularValues: a must have rows * cols = 6 entries, got 4');
    expect(of(-1, -4)).toThrow('singularValues: rows must be an integer of 0 or more, got -1');
    expect(of(2, Number.NaN)).toThrow(RangeError);
    expect(of(2 ** 16, 2 ** 16)).toThrow('singularValues: rows * cols must be below 2^31');
    const bad = Float64Array.of(1, Number.NaN);
    expect(() => singularValues(bad, { rows: 1, cols: 2 })).toThrow(
      'singularValues: entries must be finite, got NaN at a[1]',
    );
    expect(() => singularValues(a, { rows: 2, cols: 2, vectors: true } as never)).toThrow(
      'options must be among rows, cols',
    );
    expect(() => singularValues([1] as never, { rows: 1, cols: 1 })).toThrow(TypeError);
    expect(() => singularValues(a, undefined as never)).toThrow('singularValues: shape must have rows and cols');
  });
});
