import { describe, expect, it } from 'vitest';
import { matrixEngine } from '../../src/linear-algebra/matrix-engine.ts';
import { noSweeps, rotateRowsReference, sweepRoom, sweeps } from '../../src/linear-algebra/sweeps.ts';
import { byBothPaths, worst } from '../both.ts';

describe('sweeps', () => {
  it('sweeps(n, apply) hands over every rotation once and in order', () => {
    const n = 200;
    const seen: number[][] = [];
    const out = sweeps(n, (batch) => seen.push(Array.from(batch)));
    const written: number[] = [];
    for (let k = 0; k < 200; k++) {
      const count = 1 + ((k * 37) % (n - 1));
      const step = k % 2 === 0 ? 1 : -1;
      const first = step === 1 ? 0 : n - 1;
      const start = out.begin(first, count, step);
      for (let i = 0; i < 2 * count; i++) out.pairs[start + i] = k + i / 1000;
      written.push(first, count, step, ...out.pairs.slice(start, start + 2 * count));
    }
    out.flush();
    out.flush();
    expect(seen.length).toBeGreaterThan(1);
    expect(Math.max(...seen.map((batch) => batch.length))).toBeLessThanOrEqual(sweepRoom(n));
    expect(seen.flat()).toEqual(written);
  });
  it('noSweeps(n) has room for the longest sweep and forgets it', () => {
    const out = noSweeps(5);
    expect([out.begin(0, 4, 1), out.pairs.length >= 8]).toEqual([0, true]);
  });
});

describe('rotateRows', () => {
  it('rotateRowsReference(data, cols, batch) turns neighboring rows, downwards and upwards', () => {
    const data = Float64Array.of(1, 2, 3);
    rotateRowsReference(data, 1, Float64Array.of(0, 2, 1, 0, 1, 0.6, 0.8));
    // Rows 0 and 1 become 2 and -1; then -1 and 3 become 0.6 * -1 + 0.8 * 3 and 0.6 * 3 - 0.8 * -1.
    expect(worst(data, [2, 1.8, 2.6], () => 1e-15)).toBeLessThan(1);
    const up = Float64Array.of(1, 2, 3);
    rotateRowsReference(up, 1, Float64Array.of(2, 1, -1, 0, 1));
    expect(Array.from(up)).toEqual([1, -3, 2]);
  });
  it('engine.rotateRows(a, batch) does the same in WebAssembly', () => {
    for (const [rows, cols] of [
      [2, 2],
      [5, 9],
      [12, 33],
    ] as const) {
      const { reference, kernel } = byBothPaths(() => {
        const engine = matrixEngine([[rows, cols]]);
        const a = engine.slabs[0]!;
        for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) a.data[i * a.ld + j] = Math.sin(i * cols + j);
        const turns = (count: number) => Array.from({ length: count }, (_, i) => [Math.cos(i), Math.sin(i)]).flat();
        const down = [0, rows - 1, 1, ...turns(rows - 1)];
        const up = [rows - 1, rows - 1, -1, ...turns(rows - 1)];
        engine.rotateRows(a, Float64Array.from([...down, ...up]));
        return Array.from({ length: rows * cols }, (_, p) => a.data[Math.floor(p / cols) * a.ld + (p % cols)]!);
      });
      expect(worst(kernel, reference, () => 1e-14)).toBeLessThan(1);
    }
  });
});
