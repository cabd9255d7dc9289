import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../src/marks/blocks.ts';
import type { Value } from '../../src/marks/values.ts';

describe('blocksOf(tensor, most)', () => {
  it('leaves alone what is not too many', () => {
    expect(blocksOf({ values: [1, 2, 3, null, 5, 6], shape: [2, 3] }, 3)).toEqual({
      cells: [
        [1, 2, 3],
        [null, 5, 6],
      ],
      high: 1,
      wide: 1,
    });
  });

  it('has of each block the largest magnitude, or what cannot be drawn', () => {
    const value: fc.Arbitrary<Value> = fc.oneof(
      { weight: 8, arbitrary: fc.integer() },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const side = fc.integer({ min: 1, max: 12 });
    const matrix = fc.tuple(side, side).chain(([rows, columns]) =>
      fc.record({
        shape: fc.constant([rows, columns] as const),
        values: fc.array(value, { minLength: rows * columns, maxLength: rows * columns }),
      }),
    );
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: 5 }), (tensor, most) => {
        const { cells, high, wide } = blocksOf(tensor, most);
        const [rows, columns] = tensor.shape;
        expect(cells.length).toBe(Math.ceil(rows / high));
        expect(cells.length).toBeLessThanOrEqual(most);
        cells.forEach((row, a) => {
          expect(row.length).toBe(Math.ceil(columns / wide));
          expect(row.length).toBeLessThanOrEqual(most);
          row.forEach((cell, b) => {
            const block = tensor.values.filter((_, i) => {
              const [r, c] = [Math.floor(i / columns), i % columns];
              return Math.floor(r / high) === a && Math.floor(c / wide) === b;
            });
            if (block.includes(null)) expect(cell).toBeNull();
            else {
              expect(block).toContain(cell);
              expect(Math.abs(cell!)).toBe(Math.max(...block.map((v) => Math.abs(v!))));
            }
          });
        });
      }),
    );
  });
});
