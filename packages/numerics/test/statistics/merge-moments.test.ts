import { type Moments, mergeMoments, moments } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { golden } from '../both.ts';
import { dataOf, type Recipe } from '../recipe.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const merged = (x: Float32Array | Float64Array, cuts: readonly number[]): Moments =>
  [...cuts, x.length]
    .sort((a, b) => a - b)
    .map((end, i, ends) => moments(x.slice(i === 0 ? 0 : ends[i - 1], end)))
    .reduce(mergeMoments, moments(new Float32Array(0)));

describe('mergeMoments', () => {
  it('mergeMoments(of thirds) agrees with numpy and scipy.stats in extended precision', () => {
    const cases = golden<{ data: Recipe; values: Moments }>('statistics', 'moments');
    expect(cases.length).toBeGreaterThan(3);
    for (const { data, values } of cases) {
      const x = dataOf(data);
      const m = merged(x, [Math.floor(x.length / 3), Math.floor((2 * x.length) / 3)]);
      for (const name of ['count', 'min', 'max', 'zeros'] as const) expect(m[name]).toBe(values[name]);
      // As the test of moments; three more roundings of each sum are far below 1e-12.
      const relative = 1e-12 + (1e-15 * Math.abs(m.mean)) / (m.std || 1);
      for (const name of ['mean', 'std', 'l1', 'l2'] as const)
        expect(Math.abs(m[name] - values[name])).toBeLessThanOrEqual(relative * Math.abs(values[name]) + 1e-17);
      if (values.count < 2) continue;
      expect(Math.abs(m.skewness - values.skewness)).toBeLessThan(1e-9);
      expect(Math.abs(m.kurtosis - values.kurtosis)).toBeLessThan(1e-9);
    }
  });

  it('mergeMoments(of pieces) is moments(of all), wherever it is cut and whatever is not finite', () => {
    const entry = fc.oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.constantFrom(nan, inf, -inf, -0, 0.1),
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    );
    const data = fc.array(entry, { maxLength: 60 });
    const cuts = (n: number) => fc.array(fc.integer({ min: 0, max: n }), { maxLength: 5 });
    fc.assert(
      fc.property(
        data.chain((list) => fc.tuple(fc.constant(list), cuts(list.length))),
        ([list, places]) => {
          const x = Float64Array.from(list);
          const [got, want] = [merged(x, places), moments(x)];
          // + 0 makes one zero of the two.
          for (const name of ['count', 'zeros', 'nonFinite', 'min', 'max'] as const)
            expect(got[name] + 0).toBe(want[name] + 0);
          if (want.count === 0) {
            expect(got).toEqual(want);
            return;
          }
          // 60 entries and at most 6 merges: some hundred roundings of terms no larger than the largest entry.
          const largest = Math.max(-want.min, want.max);
          for (const name of ['mean', 'std', 'l1', 'l2'] as const)
            expect(Math.abs(got[name] - want[name])).toBeLessThanOrEqual(2 ** -52 * 1000 * largest);
          // Standardized sums carry the roundings times largest / std, to the power; only what is well spread is compared.
          if (!(want.std * 1e3 > largest)) return;
          expect(Math.abs(got.skewness - want.skewness)).toBeLessThan(1e-6);
          expect(Math.abs(got.kurtosis - want.kurtosis)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('mergeMoments keeps constants, nothing, and entries as large and small as float64 holds', () => {
    const of = (...x: number[]) => moments(Float64Array.from(x));
    expect(mergeMoments(of(0.1, 0.1), of(0.1))).toMatchObject({ count: 3, mean: 0.1, std: 0, skewness: nan });
    expect(mergeMoments(of(), of(nan))).toEqual(of(nan));
    expect(mergeMoments(of(3), of())).toEqual(of(3));
    // Powers of two: the mean is 0 and the deviation the entry, exactly.
    for (const power of [1000, -1000]) {
      const m = mergeMoments(of(2 ** power), of(-(2 ** power)));
      expect(m).toMatchObject({ count: 2, mean: 0, std: 2 ** power, skewness: 0, kurtosis: -2 });
      expect([m.min, m.max, m.l1]).toEqual([-(2 ** power), 2 ** power, 2 ** (power + 1)]);
    }
    expect(mergeMoments(of(1e300), of(1e-300))).toMatchObject({ count: 2, zeros: 0, min: 1e-300, max: 1e300 });
  });

  it('mergeMoments refuses what is no result of moments', () => {
    const m = moments(Float32Array.of(1, 2));
    expect(() => mergeMoments(m, null as never)).toThrow('mergeMoments: b must be a result of moments');
    expect(() => mergeMoments({ ...m, count: -1 }, m)).toThrow('mergeMoments: a.count must be as moments gives it');
    expect(() => mergeMoments({ ...m, std: '1' as never }, m)).toThrow(
      'mergeMoments: a.std must be as moments gives it',
    );
  });
});
