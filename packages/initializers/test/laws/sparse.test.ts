import { moments } from '@weightkit/numerics';
import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sparse } from '../../src/index.ts';
import { ksBound, ksDistance, normalCdf } from '../support.ts';

/** Zeros of each column. */
const zeros = (values: Float32Array, rows: number, cols: number): number[] =>
  Array.from({ length: cols }, (_, col) =>
    Array.from({ length: rows }, (_, row) => values[row * cols + col]).reduce<number>((n, v) => n + Number(v === 0), 0),
  );

it('sparse({ sparsity })([rows, cols]) has ceil(sparsity rows) zeros in every column', async () => {
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: 30 }),
    cols: fc.integer({ min: 1, max: 8 }),
    percent: fc.integer({ min: 0, max: 99 }),
    seed: fc.integer(),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ rows, cols, percent, seed }) => {
      const values = await valuesOf(sparse({ sparsity: percent / 100 })([rows, cols], { seed }));
      // In integers, where nothing rounds: the least k with 100 k >= percent * rows.
      expect(zeros(values, rows, cols)).toEqual(Array(cols).fill(Math.ceil((percent * rows) / 100)));
    }),
    { numRuns: 60 },
  );
});

it('sparse({ sparsity, std }) is normal where it is not 0, and its zeros fall anywhere', async () => {
  const values = await valuesOf(sparse({ sparsity: 0.6, std: 2 })([100, 50], { seed: 1 }));
  const others = values.filter((value) => value !== 0).map((value) => value / 2);
  expect(others.length).toBe(2000);
  expect(ksDistance(others, normalCdf)).toBeLessThan(ksBound(others.length));
  // Each row has about 30 of its 50 entries 0, a hypergeometric share of standard deviation sqrt(50 * 0.24) = 3.5: within 6 of these.
  for (let row = 0; row < 100; row++) {
    const count = values.subarray(row * 50, row * 50 + 50).filter((value) => value === 0).length;
    expect(Math.abs(count - 30)).toBeLessThan(6 * 3.5);
  }
  expect(Math.abs(moments(others).mean)).toBeLessThan(5 / Math.sqrt(2000));
});

it('sparse({ sparsity: 0 }) has no zeros; another seed has other places', async () => {
  expect((await valuesOf(sparse({ sparsity: 0 })([8, 8]))).every((value) => value !== 0)).toBe(true);
  const drawn = await Promise.all([0, 1].map((seed) => valuesOf(sparse({ sparsity: 0.5 })([40, 4], { seed }))));
  const [first, second] = drawn.map((values) => [...values.keys()].filter((i) => values[i] === 0).join());
  expect(first).not.toBe(second);
});

it.each([[1], [-0.1], [Number.NaN]])('sparse({ sparsity: %d }) is refused', (sparsity) => {
  expect(() => sparse({ sparsity })).toThrow(`sparse: sparsity must be in [0, 1), got ${sparsity}`);
});

it('sparse refuses a negative std and shapes of another rank', () => {
  expect(() => sparse({ sparsity: 0.5, std: -1 })).toThrow('sparse: std must be 0 or more, got -1');
  expect(() => sparse({ sparsity: 0.5 })([3, 3, 2, 2])).toThrow('sparse: shape must have rank 2, got [3, 3, 2, 2]');
});
