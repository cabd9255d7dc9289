import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutSheet } from '../../src/charts/filter-layout.ts';

describe('layoutSheet(count, wide, high, width, highest)', () => {
  it('keeps tiles apart, within the width, no larger than 72 pixels', () => {
    const side = fc.integer({ min: 1, max: 128 });
    const count = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(count, side, side, fc.integer({ min: 200, max: 3900 }), (count, wide, high, width) => {
        const { scale, columns, rows, across, down, label } = layoutSheet(count, wide, high, width);
        expect([across, down].every(Number.isInteger)).toBe(true);
        expect(across).toBeGreaterThan(wide);
        expect((down - high) * scale).toBeGreaterThan(label);
        expect(((columns - 1) * across + wide) * scale).toBeLessThanOrEqual(width * (1 + 1e-12));
        expect(Math.max(wide, high) * scale).toBeLessThanOrEqual(72 * (1 + 1e-12));
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * (rows - 1)).toBeLessThan(count);
      }),
    );
  });

  it('has the same sheet in the height that it asks for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 28 }), (count, side) => {
        const sheet = layoutSheet(count, side, side, 600);
        const height = sheet.rows * sheet.down * sheet.scale;
        if (height <= 440) expect(layoutSheet(count, side, side, 600, height)).toEqual(sheet);
      }),
    );
  });
});
