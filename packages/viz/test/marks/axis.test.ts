import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAR, makeAxis } from '../../src/marks/axis.ts';
import { nice } from '../../src/marks/domain.ts';
import { ticksOf } from '../../src/marks/ticks.ts';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const domain = fc
  .tuple(double, double)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => (a < b ? [a, b] : [b, a]) as [number, number]);
const positive = domain.map(([a, b]) => [Math.abs(a), Math.abs(b)].sort((x, y) => x - y) as [number, number]);
const logDomain = positive.filter(([a, b]) => a > 0 && a < b);
const count = fc.integer({ min: 2, max: 12 });

describe.each([
  ['linear', domain],
  ['log', logDomain],
] as const)('makeAxis(domain, %s, count) of any two doubles', (scale, domains) => {
  it('has its ends at 0 and 1, ascending places between them, and none that is not finite', () => {
    fc.assert(
      fc.property(domains, count, double, double, (ends, n, a, b) => {
        const { place } = makeAxis(ends, scale, n);
        expect(place(ends[0])).toBe(0);
        // a quotient of two differences that are the same number up to rounding
        expect(place(ends[1])).toBeCloseTo(1, 12);
        const [low, high] = scale === 'log' ? [Math.abs(a) || 1, Math.abs(b) || 1] : [a, b];
        const [from, to] = [place(Math.min(low, high)), place(Math.max(low, high))];
        expect(Math.abs(from)).toBeLessThanOrEqual(FAR);
        // log1p near the start of the domain and a difference of logarithms away from it may differ by rounding
        expect(to - from).toBeGreaterThanOrEqual(scale === 'log' ? -1e-12 * Math.max(1, Math.abs(from)) : 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('has ticks, ascending, finite, within the domain, that their texts tell apart', () => {
    fc.assert(
      fc.property(domains, count, (raw, n) => {
        const ends = nice(raw, scale, n);
        const { ticks, format, place } = makeAxis(ends, scale, n);
        // a rounded end may miss the data by a billionth of a step
        expect(place(raw[0])).toBeGreaterThanOrEqual(-1e-8);
        expect(place(raw[1])).toBeLessThanOrEqual(1 + 1e-8);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(3 * n + 3);
        ticks.forEach((tick, i) => {
          expect(Number.isFinite(tick)).toBe(true);
          expect(place(tick)).toBeGreaterThanOrEqual(-1e-6);
          expect(place(tick)).toBeLessThanOrEqual(1 + 1e-6);
          if (i > 0) expect(tick).toBeGreaterThan(ticks[i - 1]!);
        });
        expect(new Set(ticks.map(format)).size).toBe(ticks.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('makeAxis(domain, scale, count)', () => {
  it('halves what overflows', () => {
    const { MAX_VALUE } = Number;
    const { place } = makeAxis([-MAX_VALUE, MAX_VALUE], 'linear', 5);
    expect([place(-MAX_VALUE), place(-MAX_VALUE / 2), place(0), place(MAX_VALUE)]).toEqual([0, 0.25, 0.5, 1]);
    const narrow = makeAxis([0, 1e-300], 'linear', 5);
    expect([narrow.place(MAX_VALUE), narrow.place(-MAX_VALUE)]).toEqual([FAR, -FAR]);
  });

  it('keeps the digits of a narrow log scale', () => {
    const { place } = makeAxis([1, 1 + 4 * Number.EPSILON], 'log', 5);
    expect(place(1 + Number.EPSILON)).toBeCloseTo(0.25, 12);
    expect(makeAxis([1e-300, 1e300], 'log', 5).place(1)).toBeCloseTo(0.5, 12);
  });

  it('has the ends alone for ticks where doubles are too coarse for others', () => {
    const next = 1 + Number.EPSILON;
    expect(ticksOf([1, next], 'linear', 5)).toEqual([1, next]);
    expect([1, next].map(makeAxis([1, next], 'linear', 5).format)).toEqual(['1', '1.0000000000000002']);
    expect(ticksOf([0, 5e-324], 'linear', 5)).toEqual([0, 5e-324]);
    expect(ticksOf([1e300, 1e300 * next], 'log', 5)).toEqual([1e300, 1e300 * next]);
    expect(ticksOf([0, 1e-320], 'linear', 5)).toEqual([0, 2e-321, 4e-321, 6e-321, 8e-321]);
  });
});

it('has 21 ticks at most, however long the axis is', () => {
  for (const count of [20, 50, 1000])
    for (const domain of [
      [0, 4],
      [-0.3, 7.1],
      [0, 215],
    ] as const)
      expect(makeAxis(domain, 'linear', count).ticks.length).toBeLessThanOrEqual(21);
});
