import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipRing, thinBand } from '../../src/marks/band.ts';

type Point = readonly [number, number];

/** Whether a point lies in a ring: a ray from it crosses the ring an odd number of times. */
function holds(ring: readonly Point[], [px, py]: Point): boolean {
  let odd = false;
  ring.forEach(([x, y], i) => {
    const [fromX, fromY] = ring.at(i - 1)!;
    if (y > py !== fromY > py && px < ((fromX - x) * (py - y)) / (fromY - y) + x) odd = !odd;
  });
  return odd;
}

/** From a point to the nearest edge of a ring. */
const distance = (ring: readonly Point[], [px, py]: Point) =>
  Math.min(
    ...ring.map(([x, y], i) => {
      const [dx, dy] = [ring.at(i - 1)![0] - x, ring.at(i - 1)![1] - y];
      const length = dx * dx + dy * dy;
      const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - x) * dx + (py - y) * dy) / length));
      return Math.hypot(px - x - t * dx, py - y - t * dy);
    }),
  );

const corner = fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true }));

describe('clipRing(ring)', () => {
  it('keeps what lies within three lengths of the frame, and nothing outside', () => {
    const inside = fc.tuple(
      fc.double({ min: -0.99, max: 1.99, noNaN: true }),
      fc.double({ min: -0.99, max: 1.99, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(corner, { minLength: 3, maxLength: 9 }),
        fc.array(inside, { maxLength: 20 }),
        (ring, points) => {
          const cut = clipRing(ring);
          for (const place of cut.flat()) expect(place >= -1 && place <= 2).toBe(true);
          for (const point of points) {
            // A point on a rounded edge may fall on either side of it.
            if (distance(ring, point) > 1e-9) expect(holds(cut, point)).toBe(holds(ring, point));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes ends further away than a double can tell apart', () => {
    const ring = clipRing([
      [0, 0],
      [1e150, 0],
      [1e150, 1],
      [0, 1],
    ]);
    expect(ring).toEqual([
      [0, 0],
      [2, 0],
      [2, 1],
      [0, 1],
    ]);
  });
});

describe('thinBand(band, width, place)', () => {
  it('keeps the lowest and the highest of every half pixel, and gaps', () => {
    const count = 5000;
    const x = Array.from({ length: count }, (_, i) => i / (count - 1));
    const low = x.map((place, i) => (i > 2000 && i < 2600 ? Number.NaN : Math.sin(999 * place)));
    const high = low.map((place, i) => place + (i % 7));
    const { x: kept, ...edges } = thinBand({ x, low, high }, 100, (place) => place) as Record<
      'x' | 'low' | 'high',
      number[]
    >;
    expect(kept.length).toBeLessThan(203);
    expect(kept.filter(Number.isNaN)).toHaveLength(1);
    const columnsOf = (places: number[], values: number[], better: typeof Math.min) => {
      const best = new Map<number, number>();
      places.forEach((place, i) => {
        const column = Math.floor(place * 200);
        if (!Number.isNaN(values[i])) best.set(column, better(best.get(column) ?? values[i]!, values[i]!));
      });
      return best;
    };
    expect(columnsOf(kept, edges.low, Math.min)).toEqual(columnsOf(x, low, Math.min));
    expect(columnsOf(kept, edges.high, Math.max)).toEqual(columnsOf(x, high, Math.max));
  });

  it('leaves few places alone', () => {
    const band = { x: [0, 1], low: [0, 0], high: [1, 1] };
    expect(thinBand(band, 100, (place) => place)).toBe(band);
  });
});
