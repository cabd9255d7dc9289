import { oneCycleRate } from '@weightkit/transfer-freeze';
import { expect, it } from 'vitest';
import golden from '../golden/one-cycle.json' with { type: 'json' };

it.each(golden.cases)('oneCycleRate is torch’s OneCycleLR of $steps steps', (one) => {
  const { pct_start, div_factor, final_div_factor } = one as {
    pct_start?: number;
    div_factor?: number;
    final_div_factor?: number;
  };
  const rate = oneCycleRate({
    steps: one.steps,
    ...(pct_start === undefined ? {} : { rise: pct_start }),
    ...(div_factor === undefined ? {} : { divideStart: div_factor }),
    ...(final_div_factor === undefined ? {} : { divideEnd: final_div_factor }),
  });
  // A cosine and three operations in float64, of numbers up to 1.
  for (const [step, expected] of one.rates.entries())
    expect(Math.abs(rate(step) - expected)).toBeLessThan(8 * 2 ** -53);
  expect(rate(one.steps + 5)).toBe(rate(one.steps - 1));
});

it('oneCycleRate keeps between its ends, whatever the shape', () => {
  for (const rise of [0.01, 0.3, 0.99])
    for (const steps of [2, 3, 50]) {
      const rate = oneCycleRate({ steps, rise });
      for (let step = 0; step < steps; step++) {
        expect(rate(step)).toBeGreaterThan(0);
        expect(rate(step)).toBeLessThanOrEqual(1);
      }
    }
});
