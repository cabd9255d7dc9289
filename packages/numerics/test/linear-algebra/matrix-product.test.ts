import { matrixProduct } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onBothPaths } from '../both.ts';
import { multiply, normalMatrix, transpose, worstAt } from '../matrices.ts';

const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(63, 64, 65, 130));

onBothPaths('matrixProduct', () => {
  it("matrixProduct(a, b, shape) is A B and A' B, each entry within inner roundings of its terms", () => {
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.nat(1e6), (rows, inner, cols, transposed, seed) => {
        const a = normalMatrix(rows, inner, seed);
        const b = normalMatrix(inner, cols, seed + 1);
        const given = transposed ? transpose(a, rows, inner) : a;
        const c = matrixProduct(given, b, { rows, inner, cols, transposed });
        const terms = multiply(a.map(Math.abs), b.map(Math.abs), rows, inner, cols);
        // As much for the product made here.
        expect(worstAt(c, multiply(a, b, rows, inner, cols), (p) => 2.3e-16 * inner * terms[p]!)).toBeLessThan(1);
      }),
      { numRuns: 40 },
    );
  });
  it('matrixProduct(a, b, shape) of whole numbers is exact, of float32 too, and leaves its arguments', () => {
    const a = Float32Array.of(1, 2, 3, 4, 5, 6);
    const b = Float64Array.of(1, 0, -1, 2, 1, 1);
    expect(matrixProduct(a, b, { rows: 2, inner: 3, cols: 2 })).toEqual(Float64Array.of(2, 7, 5, 16));
    expect(matrixProduct(a, a, { rows: 2, inner: 3, cols: 2, transposed: true })).toEqual(
      Float64Array.of(35, 44, 44, 56),
    );
    expect(a).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });
  it('matrixProduct(a, b, shape) of nothing is nothing, or zeros', () => {
    const none = new Float64Array(0);
    expect(matrixProduct(none, none, { rows: 2, inner: 0, cols: 3 })).toEqual(new Float64Array(6));
    expect(matrixProduct(none, Float64Array.of(1, 2), { rows: 0, inner: 1, cols: 2 })).toEqual(none);
  });
  it('matrixProduct(a, b, shape) refuses shapes that do not fit, NaN, and what overflows', () => {
    const [a, b] = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
    const shape = { rows: 1, inner: 2, cols: 1 };
    expect(() => matrixProduct(a, b, { ...shape, rows: 2 })).toThrow(
      'matrixProduct: a must have rows * inner = 4 entries, got 2',
    );
    expect(() => matrixProduct(a, b, { ...shape, cols: 2 })).toThrow(
      'matrixProduct: b must have inner * cols = 4 entries, got 2',
    );
    expect(() => matrixProduct(Float64Array.of(1, Number.NaN), b, shape)).toThrow(
      'matrixProduct: entries must be finite, got NaN at a[1]',
    );
    expect(() => matrixProduct(Float64Array.of(1e200, 0), Float64Array.of(1e200, 0), shape)).toThrow(
      'matrixProduct: entries must be finite, got Infinity at the product[0]',
    );
  });
});
