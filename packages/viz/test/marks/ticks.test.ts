import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickFormat, tickStep, ticksOf } from '../../src/marks/ticks.ts';

const interval = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
  .map(([from, length]) => [from, from + length] as [number, number]);

describe('ticksOf(domain, scale, count)', () => {
  it('gives ascending ticks within the domain, at least three, and at most one more than asked for where those are enough', () => {
    fc.assert(
      fc.property(interval, fc.integer({ min: 2, max: 12 }), (domain, count) => {
        const ticks = ticksOf(domain, 'linear', count);
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        // Where those are not enough the distance goes from 5 to 2, at most 2.5 times finer: of an interval with two multiples of 5, less
        // than 15 long, which has at most seven of 2 (14 long from an even number on, it has three of 5).
        expect(ticks.length).toBeLessThanOrEqual(Math.max(count + 1, 7));
        ticks.forEach((tick, i) => {
          // a tick may miss the domain by the billionth of a step that the loop allows, and by rounding to 12 digits
          const slack = 1e-8 * (domain[1] - domain[0]) + 1e-11 * Math.abs(tick);
          expect(tick).toBeGreaterThanOrEqual(domain[0] - slack);
          expect(tick).toBeLessThanOrEqual(domain[1] + slack);
          if (i > 0) expect(tick).toBeGreaterThan(ticks[i - 1]!);
        });
      }),
    );
  });

  it('gives seven where the distance that was asked for leaves two', () => {
    expect(ticksOf([0.1, 14.9], 'linear', 2)).toEqual([2, 4, 6, 8, 10, 12, 14]);
  });

  it('gives round numbers', () => {
    expect(ticksOf([0, 1], 'linear', 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf([-0.3, 0.3], 'linear', 6)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3].filter((t) => t >= -0.3));
    expect(ticksOf([3, 59], 'linear', 6)).toEqual([10, 20, 30, 40, 50]);
  });

  it('gives powers of ten on a log scale, in between 2 and 5 where they are few', () => {
    expect(ticksOf([1, 1e6], 'log', 10)).toEqual([1, 10, 100, 1000, 1e4, 1e5, 1e6]);
    expect(ticksOf([1, 1e6], 'log', 4)).toEqual([1, 100, 1e4, 1e6]);
    expect(ticksOf([1, 60], 'log', 6)).toEqual([1, 2, 5, 10, 20, 50]);
  });

  it('gives two or more within a narrow log scale, also where the round numbers asked for miss it', () => {
    expect(ticksOf([52, 93], 'log', 2)).toEqual([60, 70, 80, 90]);
    expect(ticksOf([1, 1e6], 'log', 2)).toEqual([1, 1000, 1e6]);
    expect(ticksOf([1, 1e5], 'log', 2)).toEqual([1, 100, 1e4]);
    const ends = fc.tuple(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.double({ min: 1.01, max: 99, noNaN: true }),
    );
    fc.assert(
      fc.property(ends, fc.integer({ min: 2, max: 12 }), ([from, ratio], count) => {
        expect(ticksOf([from, from * ratio], 'log', count).length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('tickFormat(ticks)', () => {
  it('writes three digits where they tell the ticks apart, and more where they do not', () => {
    expect([0, 0.2, 1].map(tickFormat([0, 0.2, 1]))).toEqual(['0', '0.2', '1']);
    const near = [2.294, 2.296, 2.298, 2.3];
    expect(near.map(tickFormat(near))).toEqual(['2.294', '2.296', '2.298', '2.3']);
    const same = [1, 1];
    expect(same.map(tickFormat(same))).toEqual(['1', '1']);
  });
});

describe('tickStep(length, count)', () => {
  it('cuts a length into at most count pieces of 1, 2 or 5 times a power of ten', () => {
    expect([10, 11, 25, 51].map((length) => tickStep(length, 5))).toEqual([2, 5, 5, 20]);
  });
});
