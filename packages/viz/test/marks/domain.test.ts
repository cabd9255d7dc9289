import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainOf, nice, snug, valueDomain } from '../../src/marks/domain.ts';

const interval = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
  .map(([from, length]) => [from, from + length] as [number, number]);

describe('domainOf(values, scale, withZero)', () => {
  it('skips NaN, holds zero if told, and widens a single value', () => {
    expect(domainOf([3, Number.NaN, 1], 'linear')).toEqual([1, 3]);
    expect(domainOf([3, 1], 'linear', true)).toEqual([0, 3]);
    expect(domainOf([-4], 'linear')).toEqual([-6, -2]);
    expect(domainOf([0], 'linear')).toEqual([0, 1]);
    expect(domainOf([4], 'log')).toEqual([2, 8]);
  });

  it('has values that differ by rounding alone in the middle of a wider domain, so far as there are doubles', () => {
    const { EPSILON, MAX_VALUE, MIN_VALUE } = Number;
    expect(domainOf([0.1 + 0.2, 0.3], 'linear')).toEqual([0.15, 0.3 + (0.1 + 0.2) / 2 + EPSILON / 4]);
    expect(domainOf([1, 1 + 1e-10], 'linear')).toEqual([1, 1 + 1e-10]);
    expect(domainOf([MAX_VALUE], 'linear')).toEqual([MAX_VALUE / 2, MAX_VALUE]);
    expect(domainOf([MIN_VALUE], 'linear')).toEqual([MIN_VALUE - 5e-321, MIN_VALUE + 5e-321]);
    expect(domainOf([MIN_VALUE, MAX_VALUE], 'log')).toEqual([MIN_VALUE, MAX_VALUE]);
    expect(domainOf([MIN_VALUE], 'log')).toEqual([MIN_VALUE, 2 * MIN_VALUE]);
    expect(domainOf([MAX_VALUE], 'log')).toEqual([MAX_VALUE / 2, MAX_VALUE]);
  });

  it('leaves out what is not finite, and is [0, 1] where nothing is, [1, 10] on a log scale', () => {
    expect(domainOf([Infinity, 2, -Infinity, 3, Number.NaN], 'linear')).toEqual([2, 3]);
    expect(domainOf([Number.NaN], 'linear')).toEqual([0, 1]);
    expect(domainOf([], 'log')).toEqual([1, 10]);
  });
});

describe('valueDomain(values, scale, withZero)', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

  it('holds all values and spans at least 5 % of the largest in size', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), fc.boolean(), (values, withZero) => {
        const [low, high] = valueDomain(values, 'linear', withZero);
        const largest = Math.max(...values.map(Math.abs));
        expect(low).toBeLessThanOrEqual(Math.min(...values));
        expect(high).toBeGreaterThanOrEqual(Math.max(...values));
        // Ends round by up to half a unit of the largest, and end at the largest double.
        const cut = high === Number.MAX_VALUE || low === -Number.MAX_VALUE ? 0.5 : 1;
        expect(high / 2 - low / 2).toBeGreaterThanOrEqual((0.025 * cut - 1e-15) * largest);
      }),
    );
  });

  it('does not make a picture of a fall from 1.105 to 1.1', () => {
    const [low, high] = valueDomain([1.105, 1.1], 'linear');
    expect((1.105 - 1.1) / (high - low)).toBeCloseTo(0.0905, 4);
    expect(valueDomain([1.105, 1], 'linear')).toEqual([1, 1.105]);
  });

  it('ends where shares and percentages end, and does not cross 0', () => {
    expect(valueDomain([0.98, 0.99], 'linear')).toEqual([1 - 0.05 * 0.99, 1]);
    expect(valueDomain([98.5, 99.5], 'linear')).toEqual([100 - 0.05 * 99.5, 100]);
    expect(valueDomain([1e-9, 1e-9 + 1e-12], 'linear')[0]).toBeGreaterThan(0);
    expect(valueDomain([0.99, 1.01], 'linear')[1]).toBeGreaterThan(1.01);
  });

  it('has ends as far apart as 1 and 1.05 on a log scale', () => {
    const [low, high] = valueDomain([1.1, 1.105], 'log');
    expect(high / low).toBeCloseTo(1.05, 12);
    expect(high / 1.105).toBeCloseTo(1.1 / low, 12);
    expect(valueDomain([1, 10], 'log')).toEqual([1, 10]);
  });
});

describe('nice(domain, scale, count)', () => {
  it('widens to round numbers that hold the domain', () => {
    fc.assert(
      fc.property(interval, fc.integer({ min: 2, max: 12 }), ([from, to], count) => {
        const [low, high] = nice([from, to], 'linear', count);
        const slack = 1e-8 * (to - from) + 1e-11 * Math.max(Math.abs(from), Math.abs(to));
        expect(low).toBeLessThanOrEqual(from + slack);
        expect(high).toBeGreaterThanOrEqual(to - slack);
      }),
    );
    expect(nice([0.07, 2.27], 'linear', 5)).toEqual([0, 2.5]);
    expect(nice([0.003, 7], 'log', 5)).toEqual([0.001, 10]);
    expect(nice([1, 60], 'log', 5)).toEqual([1, 60]);
  });
});

describe('snug(domain, scale, count)', () => {
  it('ends at multiples of less where the axis would be half empty, else where nice() does', () => {
    expect(snug([0, 215], 'linear', 2)).toEqual([0, 250]);
    expect(snug([-0.015, 0.21], 'linear', 2)).toEqual([-0.05, 0.25]);
    expect(snug([-0.5, 0.3], 'linear', 2)).toEqual(nice([-0.5, 0.3], 'linear', 2));
    expect(snug([3, 4000], 'log', 2)).toEqual(nice([3, 4000], 'log', 2));
  });

  it('holds the interval, never wider than nice() does', () => {
    const end = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(end, end, fc.integer({ min: 2, max: 8 }), (a, b, count) => {
        const [from, to] = valueDomain([a, b], 'linear');
        const [low, high] = snug([from, to], 'linear', count);
        const [least, most] = nice([from, to], 'linear', count);
        // A multiple of the distance is as near to an end as a billionth of it, or the end itself.
        const near = (to / 2 - from / 2) * 1e-8;
        expect(low).toBeLessThanOrEqual(from + near);
        expect(high).toBeGreaterThanOrEqual(to - near);
        expect(high / 2 - low / 2).toBeLessThanOrEqual(most / 2 - least / 2 + near);
      }),
    );
  });
});
