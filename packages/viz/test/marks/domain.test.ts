import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainOf, nice } from '../../src/marks/domain.ts';

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
