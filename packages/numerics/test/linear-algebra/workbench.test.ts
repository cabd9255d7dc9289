import { expect, it } from 'vitest';
import { workbench } from '../../src/linear-algebra/workbench.ts';
import { byBothPaths, worst } from '../both.ts';
import { normalMatrix } from '../matrices.ts';

const shapes = [
  [1, 1],
  [2, 1],
  [3, 3],
  [7, 5],
  [8, 8],
  [33, 30],
  [90, 70],
  [1100, 1000],
] as const;

it('workbench(rows, cols) factors the same with and without WebAssembly but for the order of sums', () => {
  for (const [rows, cols] of shapes.slice(0, 7)) {
    const a = normalMatrix(rows, cols, 5);
    const { reference, kernel } = byBothPaths(() => {
      const bench = workbench(rows, cols);
      bench.data.set(a);
      const taus = bench.qr();
      const factored = bench.data.slice();
      bench.formQ(taus, new Float64Array(cols).fill(-1));
      return [...taus, ...factored, ...bench.data];
    });
    // Entries are of order sqrt(rows); sums in another order differ by rows * 1.1e-16 times that, grown by the steps.
    expect(worst(kernel, reference, () => 1e-11)).toBeLessThan(1);
  }
});
it('workbench(rows, cols) has memory of its own when the matrix is large', () => {
  const [rows, cols] = shapes[7]!;
  const a = workbench(rows, cols).data;
  const b = workbench(rows, cols).data;
  a.fill(1);
  expect([a.length, b[0], a.buffer === b.buffer]).toEqual([rows * cols, 0, false]);
});
