import { haarOrthogonal, qr, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';
import { columnDefect, graded, multiply, normalMatrix, uniforms, worstAt } from '../matrices.ts';

/** The norms of the columns. */
const columnNorms = (a: Float64Array, cols: number) =>
  Float64Array.from({ length: cols }, (_, j) => Math.hypot(...a.filter((_v, p) => p % cols === j)));

/** Checks that q is orthonormal, r upper triangular with a diagonal of 0 or more, and their product a. */
function expectFactors(a: Float64Array, rows: number, cols: number): void {
  const { q, r } = qr(a, { rows, cols });
  const n = Math.min(rows, cols);
  expect([q.length, r.length]).toEqual([rows * n, n * cols]);
  expect(columnDefect(q, rows, n)).toBeLessThan(1e-15 * (rows + 10));
  expect(r.every((v, p) => (p % cols >= Math.floor(p / cols) ? Number.isFinite(v) : v === 0))).toBe(true);
  for (let i = 0; i < n; i++) expect(r[i * cols + i]).toBeGreaterThanOrEqual(0);
  const norms = columnNorms(a, cols);
  // rows cols roundings of 1.1e-16 times the column's norm, with room for those of the product made here.
  const tolerance = (p: number) => 3e-16 * (rows * n + 10) * norms[p % cols]!;
  expect(worstAt(multiply(q, r, rows, n, cols), a, tolerance)).toBeLessThan(1);
}

onBothPaths('qr', () => {
  it('qr(a, shape) agrees with numpy.linalg.qr, signs of the diagonal made positive', () => {
    const cases = golden<{ rows: number; cols: number; by: number; q: number[]; r: number[] }>('factors', 'qr');
    expect(cases.length).toBe(8);
    for (const { rows, cols, by, ...expected } of cases) {
      const a = graded(uniforms(rows * 100 + cols, rows * cols), cols, 0, by);
      const { q, r } = qr(a, { rows, cols });
      // Condition numbers with the scales of the columns taken out are below 100.
      expect(worstAt(q, Float64Array.from(expected.q), () => 1e-13)).toBeLessThan(1);
      expect(worstAt(r, Float64Array.from(expected.r), (p) => 1e-13 * 2 ** (by * (p % cols)))).toBeLessThan(1);
    }
  });
  it('qr(a, shape) has orthonormal columns, an upper triangle and the product a, tall, square or wide', () => {
    const size = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(size, size, fc.nat(1e6), (rows, cols, seed) =>
        expectFactors(normalMatrix(rows, cols, seed), rows, cols),
      ),
      { numRuns: 100 },
    );
    expectFactors(normalMatrix(60, 110, 1), 60, 110);
  });
  it('qr(a, shape) of zero, rank-deficient and one-line matrices still has orthonormal columns', () => {
    const low = multiply(normalMatrix(9, 2, 1), normalMatrix(2, 7, 2), 9, 2, 7);
    expectFactors(low, 9, 7);
    expectFactors(multiply(normalMatrix(5, 2, 1), normalMatrix(2, 12, 2), 5, 2, 12), 5, 12);
    for (const [rows, cols] of [
      [3, 3],
      [5, 2],
      [2, 5],
    ] as const) {
      expectFactors(new Float64Array(rows * cols), rows, cols);
      expectFactors(
        normalMatrix(rows, cols, 1).map((v, p) => (p % cols === 1 ? 0 : v)),
        rows,
        cols,
      );
    }
    expect(qr(Float64Array.of(3, 0, -4), { rows: 1, cols: 3 })).toEqual({
      q: Float64Array.of(1),
      r: Float64Array.of(3, 0, -4),
    });
    expect(qr(Float64Array.of(-5), { rows: 1, cols: 1 })).toEqual({ q: Float64Array.of(-1), r: Float64Array.of(5) });
    const { r } = qr(Float64Array.of(3, 0, -4), { rows: 3, cols: 1 });
    expect(Math.abs(r[0]! - 5)).toBeLessThan(1e-15 * 5);
  });
  it('qr(a E, shape) is q and r E for powers of two, columns from 1e-150 to 1e150', () => {
    const [rows, cols] = [11, 11];
    const a = normalMatrix(rows, cols, 2);
    const plain = qr(a, { rows, cols });
    const turned = qr(
      graded(a, cols, 0, 100).map((v) => v * 2 ** -500),
      { rows, cols },
    );
    expect(turned.q).toEqual(plain.q);
    expect(turned.r).toEqual(graded(plain.r, cols, 0, 100).map((v) => v * 2 ** -500));
    expectFactors(graded(a, cols, -90, 0), rows, cols);
  });
  it('qr(q, shape) of orthonormal columns is q and the identity', () => {
    const q = haarOrthogonal(20, 6, randomKey(1));
    const factors = qr(q, { rows: 20, cols: 6 });
    const identity = Float64Array.from({ length: 36 }, (_, p) => (p % 7 === 0 ? 1 : 0));
    expect(worstAt(factors.q, q, () => 1e-14)).toBeLessThan(1);
    expect(worstAt(factors.r, identity, () => 1e-14)).toBeLessThan(1);
  });
  it('qr(a, shape) of matrices without entries is empty', () => {
    for (const [rows, cols] of [
      [0, 3],
      [3, 0],
      [0, 0],
    ] as const) {
      expect(qr(new Float32Array(0), { rows, cols })).toEqual({ q: new Float64Array(0), r: new Float64Array(0) });
    }
  });
  it('qr(a, shape) leaves a alone and rejects what is not finite, too large or does not fit', () => {
    const a = Float32Array.of(1, 2, 3, 4);
    qr(a, { rows: 2, cols: 2 });
    expect(Array.from(a)).toEqual([1, 2, 3, 4]);
    expect(() => qr(a, { rows: 2, cols: 3 })).toThrow('qr: a must have rows * cols = 6 entries, got 4');
    expect(() => qr(a, { rows: 2, cols: -2 })).toThrow('qr: cols must be an integer of 0 or more, got -2');
    expect(() => qr(Float64Array.of(1, Number.NaN), { rows: 2, cols: 1 })).toThrow(
      'qr: entries must be finite, got NaN at a[1]',
    );
    expect(() => qr(new Float64Array(4).fill(1.7e308), { rows: 4, cols: 1 })).toThrow(
      'qr: a must have columns with norms in the range of float64 (column 0), got Infinity',
    );
    expect(() => qr(a, { rows: 2, cols: 2, full: true } as never)).toThrow('options must be among rows, cols');
    expect(() => qr(a, 4 as never)).toThrow('qr: shape must have rows and cols');
  });
});
