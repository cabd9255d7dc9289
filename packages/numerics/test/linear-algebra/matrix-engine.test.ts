import { describe, expect, it } from 'vitest';
import { type MatrixEngine, matrixEngine, type Slab } from '../../src/linear-algebra/matrix-engine.ts';
import { byBothPaths, worst } from '../both.ts';
import { normalMatrix } from '../matrices.ts';

function put({ data, ld }: Slab, a: Float64Array, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) data[i * ld + j] = a[i * cols + j]!;
}

function take({ data, ld, rows, cols }: Slab): number[] {
  return Array.from({ length: rows * cols }, (_, p) => data[Math.floor(p / cols) * ld + (p % cols)]!);
}

function withMatrix(rows: number, cols: number, use: (engine: MatrixEngine, a: Slab) => ArrayLike<number>[]) {
  return byBothPaths(() => {
    const engine = matrixEngine([[rows, cols]]);
    const a = engine.slabs[0]!;
    put(a, normalMatrix(rows, cols, 5), rows, cols);
    const results = use(engine, a).flatMap((list) => Array.from(list));
    return [...results, ...take(a)];
  });
}

// Entries are of order sqrt(rows); sums in another order differ by rows * 1.1e-16 times that, grown by the steps.
const close = () => 1e-11;

describe('matrixEngine', () => {
  const shapes = [
    [1, 1],
    [2, 1],
    [3, 3],
    [7, 5],
    [16, 16],
    [17, 17],
    [33, 30],
    [100, 67],
    [300, 3],
  ] as const;
  it('matrixEngine(shapes) factors the same with and without WebAssembly but for the order of sums', () => {
    for (const [rows, cols] of shapes) {
      const qr = withMatrix(rows, cols, (engine, a) => {
        const taus = engine.qr(a);
        const factored = take(a);
        engine.formQ(a, taus);
        return [taus, factored];
      });
      expect(worst(qr.kernel, qr.reference, close)).toBeLessThan(1);
      const bidiagonal = withMatrix(rows, cols, (engine, a) => {
        const { d, e, left, right } = engine.bidiagonalize(a);
        // Places of the superdiagonal keep whatever the steps leave.
        for (let k = 0; k + 1 < cols; k++) a.data[k * a.ld + k + 1] = 0;
        for (let k = 0; k < cols; k++) a.data[k * a.ld + k] = 0;
        return [d, e, left, right];
      });
      expect(worst(bidiagonal.kernel, bidiagonal.reference, close)).toBeLessThan(1);
    }
  });
  it('matrixEngine(shapes) makes symmetric matrices tridiagonal with and without WebAssembly', () => {
    for (const n of [1, 2, 5, 16, 17, 40]) {
      const { reference, kernel } = byBothPaths(() => {
        const engine = matrixEngine([[n, n]]);
        const a = engine.slabs[0]!;
        const half = normalMatrix(n, n, n);
        put(
          a,
          half.map((v, p) => v + half[(p % n) * n + Math.floor(p / n)]!),
          n,
          n,
        );
        const { d, e, taus } = engine.tridiagonalize(a);
        const vectors = take(a).filter((_, p) => Math.floor(p / n) > (p % n) + 1);
        return [...d, ...e, ...taus, ...vectors];
      });
      expect(worst(kernel, reference, close)).toBeLessThan(1);
    }
  });
  it('matrixEngine(shapes) multiplies, plainly and by the transpose, at sizes around its blocks', () => {
    for (const [m, n, k] of [
      [1, 1, 1],
      [5, 3, 2],
      [4, 4, 64],
      [9, 7, 65],
      [33, 6, 130],
    ] as const) {
      for (const transposed of [false, true]) {
        const { reference, kernel } = byBothPaths(() => {
          const engine = matrixEngine([[m, n], transposed ? [k, m] : [m, k], [k, n]]);
          const [c, a, b] = engine.slabs as [Slab, Slab, Slab];
          put(c, normalMatrix(m, n, 1), m, n);
          put(a, normalMatrix(a.rows, a.cols, 2), a.rows, a.cols);
          put(b, normalMatrix(k, n, 3), k, n);
          engine.multiply(c, a, b, -1, transposed);
          return take(c);
        });
        const at = (i: number, l: number) => normalMatrix(m, k, 2)[transposed ? l * m + i : i * k + l]!;
        let corner = normalMatrix(m, n, 1)[m * n - 1]!;
        for (let l = 0; l < k; l++) corner -= at(m - 1, l) * normalMatrix(k, n, 3)[l * n + n - 1]!;
        expect(worst(kernel, reference, close)).toBeLessThan(1);
        expect(Math.abs(reference[m * n - 1]! - corner)).toBeLessThan(1e-12);
      }
    }
  });
  it('matrixEngine(shapes, true) keeps its memory to itself', () => {
    const mine = matrixEngine([[4, 4]], true).slabs[0]!.data;
    const shared = matrixEngine([[4, 4]]).slabs[0]!.data;
    mine.fill(1);
    expect([shared[0], mine.buffer === shared.buffer]).toEqual([0, false]);
  });
});
