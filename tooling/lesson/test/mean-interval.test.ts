import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanInterval } from '../src/mean-interval.ts';

const sines = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i));

describe('meanInterval', () => {
  // scipy: t.interval(0.95, n - 1, loc=mean, scale=sem(values)).
  it.each([
    [[1, 2], 1.5, -4.853102368087347, 7.853102368087347],
    [[0.5, 0.25, -1, 3, 2.5], 1.05, -1.013741190351318, 3.113741190351318],
    [sines(40), 0.02882745617787839, -0.199329286622043, 0.2569841989777998],
  ])('meanInterval(%j) is as in scipy', (values, mean, low, high) => {
    const found = meanInterval(values);
    expect(found.mean).toBeCloseTo(mean, 13);
    // The quantiles have five digits, those beyond 30 degrees of freedom are off by 1e-4 at most; half a width of 6 at most.
    expect(Math.abs(found.low - low)).toBeLessThan(1e-4 * (mean - low));
    expect(Math.abs(found.high - high)).toBeLessThan(1e-4 * (high - mean));
  });

  it('meanInterval(values) moves and grows with the values', () => {
    const number = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 60 }), number, (values, by) => {
        const [one, moved] = [meanInterval(values), meanInterval(values.map((value) => 2 * value + by))];
        expect(one.low).toBeLessThanOrEqual(one.mean);
        expect(one.high).toBeGreaterThanOrEqual(one.mean);
        expect(moved.mean).toBeCloseTo(2 * one.mean + by, 9);
        expect(moved.high - moved.low).toBeCloseTo(2 * (one.high - one.low), 7);
      }),
    );
  });

  it.each([
    [[], 'meanInterval: values must be two or more, got 0'],
    [[1], 'meanInterval: values must be two or more, got 1'],
    [[1, Number.NaN], 'meanInterval: values must be finite, got NaN'],
  ])('meanInterval(%j) is refused: %s', (values, message) => {
    expect(() => meanInterval(values)).toThrow(message);
  });
});
