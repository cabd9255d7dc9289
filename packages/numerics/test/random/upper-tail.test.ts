import { describe, expect, it } from 'vitest';
import { logUpperTail } from '../../src/random/normal-distribution.ts';
import { upperTailSampler } from '../../src/random/upper-tail.ts';

describe('upperTailSampler', () => {
  it('upperTailSampler(lower, upper) inverts ln Q(x) = ln Q(lower) + ln(1 - f (1 - r))', () => {
    for (const [lower, upper] of [
      [2, 3],
      [2, Number.POSITIVE_INFINITY],
      [5, 5.1],
      [30, 40],
      [1000, 2000],
    ] as const) {
      const sample = upperTailSampler(lower, upper);
      const ratio = upper === Number.POSITIVE_INFINITY ? 0 : Math.exp(logUpperTail(upper) - logUpperTail(lower));
      for (const f of [2 ** -24, 0.01, 0.5, 0.99, 1 - 2 ** -24]) {
        const x = sample(f);
        const log = logUpperTail(lower) + Math.log1p(-f * (1 - ratio));
        // An error of 1e-11 in x moves the logarithm by about x times that.
        expect(Math.abs(logUpperTail(x) - log)).toBeLessThan(1e-11 * x + 1e-15 * Math.abs(log));
        expect(x >= lower - 1e-9 && x <= upper).toBe(true);
      }
    }
  });
});
