import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from '../src/wilson.ts';

describe('wilson', () => {
  // scipy 1.17.1: binomtest(k, n).proportion_ci(0.95, method='wilson').
  it.each([
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
    [3, 50, 0.020614970348973957, 0.1621709168883817],
    [20, 50, 0.2760838973025654, 0.5381856225241064],
    [1, 1, 0.20654931437723745, 1],
    [137, 1000, 0.11707313063299474, 0.1597050960275183],
  ])('wilson(%d, %d) is from %d to %d, as in scipy', (successes, trials, low, high) => {
    const interval = wilson(successes, trials);
    // Some ten roundings of 64 bits.
    expect(interval.low).toBeCloseTo(low, 13);
    expect(interval.high).toBeCloseTo(high, 13);
  });

  it('wilson(successes, trials) holds the share, stays in [0, 1], and is the mirror of that of the failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n))),
        ([k, n]) => {
          const [{ low, high }, mirror] = [wilson(k, n), wilson(n - k, n)];
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(k / n);
          expect(high).toBeGreaterThanOrEqual(k / n);
          expect(mirror.low).toBeCloseTo(1 - high, 12);
        },
      ),
    );
  });

  it.each([
    [1, 0, 'wilson: trials must be an integer above 0, got 0'],
    [3, 2, 'wilson: successes must be an integer from 0 to 2, got 3'],
    [0.5, 2, 'wilson: successes must be an integer from 0 to 2, got 0.5'],
    [Number.NaN, 2, 'wilson: successes must be an integer from 0 to 2, got NaN'],
  ])('wilson(%d, %d) is refused: %s', (successes, trials, message) => {
    expect(() => wilson(successes, trials)).toThrow(message);
  });
});
