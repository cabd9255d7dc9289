import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apartBy, countText, grouped, groupSize, largest, spread } from '../../src/marks/many.ts';

describe('spread(count, most)', () => {
  it('takes all of few, and of many the first, the last and such between as are evenly spread', () => {
    expect(spread(3, 4)).toEqual([0, 1, 2]);
    expect(spread(9, 3)).toEqual([0, 4, 8]);
    const taken = spread(12_345, 100);
    expect([taken[0], taken.at(-1), new Set(taken).size]).toEqual([0, 12_344, 100]);
    const steps = taken.slice(1).map((place, i) => place - taken[i]!);
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1);
  });
});

describe('largest(things, most, sizeOf)', () => {
  it('is the beginning of a stable sort', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 40 }), { maxLength: 400 }),
        fc.integer({ min: 1, max: 30 }),
        (sizes, most) => {
          const sorted = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!);
          expect(largest(sizes, most, Number)).toEqual(sorted.slice(0, most));
          expect(largest(sizes, sizes.length + 1, Number)).toEqual(sorted);
        },
      ),
    );
  });
});

describe('grouped(things, size)', () => {
  it('has no more groups than asked for, in order, the last perhaps smaller', () => {
    for (const [count, most] of [
      [10, 10],
      [11, 10],
      [200_000, 500],
      [1, 7],
    ] as const) {
      const things = Array.from({ length: count }, (_, i) => i);
      const groups = grouped(things, groupSize(count, most));
      expect(groups.length).toBeLessThanOrEqual(most);
      expect(groups.flat()).toEqual(things);
    }
  });
});

describe('countText(count)', () => {
  it('puts thousands apart from ten thousand on', () => {
    expect([0, 9999, 10_000, 200_000, 1_234_567].map(countText)).toEqual([
      '0',
      '9999',
      '10,000',
      '200,000',
      '1,234,567',
    ]);
  });
});

describe('apartBy(things, heightOf, far)', () => {
  it('keeps the first, and of the others those that are far enough below the one kept before', () => {
    const height = (thing: number) => thing;
    expect(apartBy([0, 5, 11, 12, 20, 24], height, 12)).toEqual([0, 12, 24]);
    expect(apartBy([-3, 9, 21], height, 12)).toEqual([-3, 9, 21]);
    expect(apartBy([], height, 12)).toEqual([]);
  });
});
