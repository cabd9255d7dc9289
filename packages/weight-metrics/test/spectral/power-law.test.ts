import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { powerLaw } from '../../src/spectral/power-law.ts';
import golden from '../golden/power-law.json' with { type: 'json' };

const near = (value: number, expected: number, relative: number) =>
  expect(Math.abs(value / expected - 1)).toBeLessThanOrEqual(relative);

/** Quantiles of the law with exponent alpha from xmin on, in another order. */
const lawful = (count: number, alpha: number, xmin = 1) =>
  Float64Array.from({ length: count }, (_, i) => xmin * (1 - (((i * 37) % count) + 0.5) / count) ** (-1 / (alpha - 1)));

/** Of the first golden, 200 replicates, seed 3. */
const BITS = {
  alpha: 2.2726372198302895,
  distance: 0.06067379629443781,
  interval: [1.7050750933034073, 2.7734658140988824],
  pValue: 0.665,
};

describe('powerLaw', () => {
  it.each(golden.laws)("powerLaw finds alpha, xmin and the distance by the paper's equations: $call", (one) => {
    const given = 'given' in one ? { xmin: one.given } : {};
    const law = powerLaw(one.values, { ...given, replicates: 0 });
    // Sums of up to 300 logarithms, each within 2 units in the last place.
    near(law.alpha, one.alpha, 1e-12);
    near(law.distance, one.distance, 1e-12);
    expect([law.xmin, law.tail, law.count]).toEqual([one.xmin, one.tail, one.values.length]);
    near(law.standardError, (law.alpha - 1) / Math.sqrt(law.tail), 1e-14);
    expect([law.interval, law.pValue]).toEqual([null, null]);
  });

  it.each(golden.laws)(
    'powerLaw has the interval and the p-value of the same method with other samples: $call',
    (one) => {
      const given = 'given' in one ? { xmin: one.given } : {};
      const { interval, pValue } = powerLaw(one.values, { ...given, replicates: 1000 });
      // Of 1000 and 2000 samples the shares below a quantile of 0.025 differ by 0.006 (one standard deviation); the ends are 0.02 off.
      for (const [i, [low, , high]] of one.interval.entries()) {
        expect(interval![i]).toBeGreaterThanOrEqual(low!);
        expect(interval![i]).toBeLessThanOrEqual(high!);
      }
      const deviation = Math.sqrt(one.pValue * (1 - one.pValue) * (1 / 1000 + 1 / one.replicates));
      expect(Math.abs(pValue! - one.pValue)).toBeLessThanOrEqual(4 * deviation + 4 / 1000);
    },
  );

  it('powerLaw of the power failures gives what table 6.1 of the paper states', () => {
    const { n, alpha, xmin, tail, pValue } = golden.published;
    const law = powerLaw(golden.laws[0]!.values);
    expect([law.count, law.tail, law.xmin / 1000]).toEqual([n, tail, xmin]);
    expect(law.alpha.toFixed(1)).toBe(alpha.toFixed(1));
    // The paper's p-value is of 2500 samples, ours of 1000: four standard deviations of the difference.
    expect(Math.abs(law.pValue! - pValue)).toBeLessThan(4 * Math.sqrt(pValue * (1 - pValue) * (1 / 2500 + 1 / 1000)));
    // The interval is about the estimate and 0.3, the paper's standard deviation, times 1.96 to either side.
    expect(Math.abs(law.interval![1] - law.interval![0] - 4 * 0.3)).toBeLessThan(0.3);
  });

  it('powerLaw gives these bits, on whatever device and in whatever engine', () => {
    const { alpha, distance, interval, pValue } = powerLaw(golden.laws[0]!.values, { replicates: 200, seed: 3 });
    expect({ alpha, distance, interval, pValue }).toEqual(BITS);
  });

  it('powerLaw finds an exponent again from quantiles of the law, and none of them far from it', () => {
    for (const alpha of [1.5, 2, 3, 5]) {
      const law = powerLaw(lawful(500, alpha), { xmin: 1, replicates: 200 });
      // Quantiles at the middle of 500 steps: the mean of the logarithms is off by less than 1 / 500 of itself.
      near(law.alpha - 1, alpha - 1, 1 / 500);
      expect(law.pValue).toBeGreaterThan(0.9);
      expect(law.interval![0]).toBeLessThan(alpha);
      expect(law.interval![1]).toBeGreaterThan(alpha);
    }
  });

  it('powerLaw rules out what is no power law: an exponential and a uniform law with xmin given', () => {
    const shares = Float64Array.from({ length: 500 }, (_, i) => (i + 0.5) / 500);
    for (const values of [shares.map((u) => 1 - Math.log(1 - u)), shares.map((u) => 1 + u)])
      expect(powerLaw(values, { xmin: 1, replicates: 200 }).pValue).toBe(0);
  });

  it('powerLaw does not depend on order and unit, and takes the least distance of all tails', () => {
    const values = fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: -300, max: 300 }), (list, power) => {
        fc.pre(new Set(list).size > 1);
        const law = powerLaw(list, { replicates: 0 });
        expect(powerLaw([...list].reverse(), { replicates: 0 })).toEqual(law);
        expect([...list].filter((x) => x >= law.xmin).length).toBe(law.tail);
        for (const xmin of new Set(list)) {
          if (xmin === Math.max(...list)) continue;
          const other = powerLaw(list, { xmin, replicates: 0 });
          expect(law.distance).toBeLessThanOrEqual(other.distance * (1 + 1e-9) + 1e-12);
          if (xmin === law.xmin) near(other.alpha, law.alpha, 1e-9);
        }
        const scaled = powerLaw(
          list.map((x) => x * 2 ** power),
          { xmin: law.xmin * 2 ** power, replicates: 0 },
        );
        // ln of values times 2^300 has an absolute error of 208 eps, beside differences of values that may be near.
        expect(scaled.tail).toBe(law.tail);
        expect(Math.abs(scaled.distance - law.distance)).toBeLessThan(1e-3);
      }),
      { numRuns: 200 },
    );
  });

  it('powerLaw leaves out zeros, takes subnormal and huge values, and draws from the seed alone', () => {
    const values = [0, -1, 5e-324, 1e-310, 1e-200, 1, 1e300];
    const law = powerLaw(values, { replicates: 20 });
    expect(law.count).toBe(5);
    expect(law.alpha).toBeGreaterThan(1);
    expect(powerLaw(values, { replicates: 20 })).toEqual(law);
    const other = powerLaw(golden.laws[0]!.values, { replicates: 50, seed: 1 });
    expect(other.interval).not.toEqual(powerLaw(golden.laws[0]!.values, { replicates: 50, seed: 2 }).interval);
  });

  it('powerLaw refuses values without a law and wrong options by name', () => {
    const wrong =
      (values: unknown, options: unknown = {}) =>
      () =>
        powerLaw(values as number[], options as object);
    expect(wrong([1, 1])).toThrow('powerLaw: values must have two above 0 whose logarithms differ, got [1, 1]');
    expect(wrong([])).toThrow('powerLaw: values must have two above 0 whose logarithms differ');
    expect(wrong([1, 2], { xmin: 3 })).toThrow('powerLaw: values must have one above xmin 3, got [1, 2]');
    expect(wrong([1, Number.NaN])).toThrow('powerLaw: values must be finite numbers, got [1, NaN]');
    expect(wrong('12')).toThrow('powerLaw: values must be finite numbers');
    expect(wrong([1, 2], { replicates: 0.5 })).toThrow(
      'powerLaw: replicates must be an integer from 0 to 100000, got 0.5',
    );
    expect(wrong([1, 2], { confidence: 1 })).toThrow('powerLaw: confidence must be above 0 and below 1, got 1');
    expect(wrong([1, 2], { seed: 0.5 })).toThrow('powerLaw: seed must be a safe integer, got 0.5');
    expect(wrong([1, 2], { xmin: 0 })).toThrow('powerLaw: xmin must be finite and above 0, got 0');
    expect(wrong([1, 2], { least: 1 })).toThrow('powerLaw: options');
  });
});
