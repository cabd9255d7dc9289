import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cost, type ParetoPoint, paretoChoices } from '../../src/effect/pareto-choices.ts';

const cost = fc.record({
  bytes: fc.integer({ min: 0, max: 40 }),
  // Sums of such numbers are exact in any order.
  change: fc.integer({ min: 0, max: 1000 }).map((n) => n / 64),
});
const items = fc.array(fc.array(cost, { minLength: 1, maxLength: 3 }), { minLength: 0, maxLength: 6 });

/** Every way to choose. */
const ways = (all: readonly (readonly Cost[])[]): Cost[] =>
  all.reduce<Cost[]>(
    (before, item) =>
      before.flatMap((sum) =>
        item.map(({ bytes, change }) => ({ bytes: sum.bytes + bytes, change: sum.change + change })),
      ),
    [{ bytes: 0, change: 0 }],
  );

const leastChange = (all: readonly Cost[], bytes: number): number =>
  Math.min(...all.filter((one) => one.bytes <= bytes).map(({ change }) => change));

const isWhatItSays = (all: readonly (readonly Cost[])[], { bytes, change, picks }: ParetoPoint): void => {
  const picked = picks().map((pick, i) => all[i]![pick]!);
  expect(picked).toHaveLength(all.length);
  expect(picked.reduce((sum, one) => sum + one.bytes, 0)).toBe(bytes);
  expect(picked.reduce((sum, one) => sum + one.change, 0)).toBe(change);
};

describe('paretoChoices', () => {
  it('paretoChoices(items) has for every size what trying all ways has, and each point is the sum of its picks', () => {
    fc.assert(
      fc.property(items, (all) => {
        const points = paretoChoices(all);
        const brute = ways(all);
        for (let size = 0; size <= 240; size += 3) expect(leastChange(points, size)).toBe(leastChange(brute, size));
        for (const point of points) isWhatItSays(all, point);
        for (const [i, { bytes, change }] of points.slice(1).entries()) {
          expect(bytes).toBeGreaterThan(points[i]!.bytes);
          expect(change).toBeLessThan(points[i]!.change);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('paretoChoices(items, most) with few points stays within a range of bytes for each item, and keeps both ends', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 2, max: 9 }), (all, most) => {
        const points = paretoChoices(all, most);
        const brute = ways(all);
        expect(points.length).toBeLessThanOrEqual(most);
        const spread = Math.max(...brute.map(({ bytes }) => bytes)) - Math.min(...brute.map(({ bytes }) => bytes));
        const room = (all.length * spread) / (most - 1);
        for (let size = 0; size <= 240; size += 7) {
          const wanted = leastChange(brute, size - room);
          if (wanted < Number.POSITIVE_INFINITY) expect(leastChange(points, size)).toBeLessThanOrEqual(wanted);
        }
        for (const point of points) isWhatItSays(all, point);
        expect(points[0]!.bytes).toBe(Math.min(...brute.map(({ bytes }) => bytes)));
        expect(points.at(-1)!.change).toBe(Math.min(...brute.map(({ change }) => change)));
      }),
      { numRuns: 200 },
    );
  });

  it('paretoChoices(items) takes three hundred weights', () => {
    const many = Array.from({ length: 300 }, (_, i) => {
      const bytes = 400 + 37 * ((i * 7919) % 101);
      return [
        { bytes: 4 * bytes, change: 0 },
        { bytes: 2 * bytes, change: ((i * 31) % 17) / 1024 },
        { bytes, change: ((i * 57) % 97) / 16 },
      ];
    });
    const points = paretoChoices(many);
    expect(points.length).toBeGreaterThan(500);
    // By Lagrange's bound no way is better than this, whatever its size.
    for (const point of points.filter((_, i) => i % 100 === 50))
      for (const price of [1e-6, 1e-5, 1e-4, 1e-3]) {
        const bound = many.reduce(
          (sum, item) => sum + Math.min(...item.map((one) => one.change + price * one.bytes)),
          0,
        );
        expect(point.change + price * point.bytes).toBeGreaterThanOrEqual(bound - 1e-9);
      }
  });
});
