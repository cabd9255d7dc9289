import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Corners } from '../../src/marks/path.ts';
import { clip, thin } from '../../src/marks/polyline.ts';

const gapped = (y: readonly number[]): Corners => ({ x: y.map((_, i) => i / Math.max(1, y.length - 1)), y: [...y] });

/** The lowest and highest corner in every half pixel, and whether a line crosses into it from the one before. */
function columnsOf({ x, y }: Corners, width: number): Map<number, [number, number]> {
  const columns = new Map<number, [number, number]>();
  x.forEach((place, i) => {
    if (Number.isNaN(y[i]!)) return;
    const column = Math.floor(place * width * 2);
    const [low, high] = columns.get(column) ?? [Infinity, -Infinity];
    columns.set(column, [Math.min(low, y[i]!), Math.max(high, y[i]!)]);
  });
  return columns;
}

describe('thin(points, width, place)', () => {
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  );

  it('keeps the lowest and highest value, the first and the last of every half pixel, five corners each at most', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 400, maxLength: 900 }), fc.integer({ min: 1, max: 20 }), (y, width) => {
        const all = gapped(y);
        const kept = thin(all, width, (x) => x) as Corners;
        expect(kept.x.length).toBeLessThanOrEqual(5 * (2 * width + 1));
        expect(columnsOf(kept, width)).toEqual(columnsOf(all, width));
        const drawn = (corners: Corners) => corners.y.filter((v) => !Number.isNaN(v));
        expect([drawn(kept)[0], drawn(kept).at(-1)]).toEqual([drawn(all)[0], drawn(all).at(-1)]);
      }),
    );
  });

  it('joins half pixels only where the values are neighbors', () => {
    const y = Array.from({ length: 100 }, (_, i) => (i === 49 || i === 50 ? Number.NaN : i));
    const kept = thin(gapped(y), 2, (x) => x) as Corners;
    expect(kept.y.filter((v) => Number.isNaN(v))).toHaveLength(1);
    expect(thin(gapped([1, Number.NaN, 2]), 2, (x) => x)).toEqual(gapped([1, Number.NaN, 2]));
  });
});

describe('clip(corners)', () => {
  it('leaves what is near alone', () => {
    const near = gapped([-1, 2, Number.NaN, 0.5]);
    expect(clip(near)).toBe(near);
  });

  it('cuts a line where it crosses the border, one length of the axis outside', () => {
    expect(clip({ x: [0, 1], y: [0, 6] })).toEqual({ x: [0, 1 / 3], y: [0, 2] });
    expect(clip({ x: [0, 1, 2], y: [8, 0, 8] })).toEqual({ x: [0.75, 1, 1.25], y: [2, 0, 2] });
    const parted = clip({ x: [0, 0.5, 1], y: [0.5, 5, 0.5] });
    expect(parted.y).toEqual([0.5, 2, Number.NaN, 2, 0.5]);
    expect(clip({ x: [0, 1], y: [5, 7] })).toEqual({ x: [], y: [] });
    expect(clip({ x: [0, 0.5, 1], y: [Number.NaN, 9, Number.NaN] }).y.every((v) => Number.isNaN(v))).toBe(true);
  });

  it('crosses from one far end to the other where it must', () => {
    expect(clip({ x: [0, 1], y: [-1e150, 1e150] })).toEqual({ x: [0.5, 0.5], y: [-1, 2] });
    expect(clip({ x: [0, 1], y: [-1e150, 1e50] })).toEqual({ x: [1, 1], y: [-1, 2] });
  });

  it('has every corner near, and every corner that was near', () => {
    const place = fc.oneof(fc.double({ min: -2, max: 3, noNaN: true }), fc.double({ min: -1e150, max: 1e150 }));
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 30 }), (y) => {
        const all = gapped(y);
        const kept = clip(all);
        for (const corner of kept.y) expect(Number.isNaN(corner) || (corner >= -1 && corner <= 2)).toBe(true);
        all.y.forEach((corner, i) => {
          if (corner >= -1 && corner <= 2)
            expect(kept.y.some((v, k) => v === corner && kept.x[k] === all.x[i])).toBe(true);
        });
      }),
      { numRuns: 1000 },
    );
  });
});
