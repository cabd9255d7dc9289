import { fillNormal, type Moments, moments, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byBothPaths, golden, onBothPaths } from '../both.ts';
import { dataOf, type Recipe } from '../recipe.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const close = (a: number, b: number, tolerance: number) => Object.is(a, b) || Math.abs(a - b) <= tolerance;

onBothPaths('moments', () => {
  it('moments(x) agrees with numpy and scipy.stats in extended precision', () => {
    const cases = golden<{ data: Recipe; values: Moments }>('statistics', 'moments');
    for (const { data, values } of cases) {
      const x = dataOf(data);
      const m = moments(x);
      for (const name of ['count', 'min', 'max', 'zeros'] as const) expect(m[name]).toBe(values[name]);
      // Sums of up to 5003 positive terms in float64: far below 1e-12 relative. The powers 2 to 4 are taken about the
      // block's mean, whose rounding costs at most 1e-16 |mean| / std of their scale.
      const relative = 1e-12 + (1e-15 * Math.abs(m.mean)) / (m.std || 1);
      for (const name of ['mean', 'std', 'l1', 'l2'] as const) {
        expect(Math.abs(m[name] - values[name])).toBeLessThanOrEqual(relative * Math.abs(values[name]) + 1e-17);
      }
      if (values.count < 2) continue;
      expect(Math.abs(m.skewness - values.skewness)).toBeLessThan(1e-9);
      expect(Math.abs(m.kurtosis - values.kurtosis)).toBeLessThan(1e-9);
    }
  });
  it('moments(x) keeps its digits beside a mean of 1e9', () => {
    // Exact: the entries 0 to 99 have variance (100^2 - 1) / 12 and skewness 0; 1e9 + k is exact in float64.
    const m = moments(Float64Array.from({ length: 100 }, (_, k) => 1e9 + k));
    expect(m.mean).toBe(1e9 + 49.5);
    expect(Math.abs(m.std - Math.sqrt(9999 / 12))).toBeLessThan(1e-12);
    expect(Math.abs(m.skewness)).toBeLessThan(1e-12);
  });
  it('moments(x) counts non-finite entries and leaves them out of everything else', () => {
    const finite = fillNormal(new Float32Array(5000), randomKey(1));
    const mixed = Float32Array.from([...finite.slice(0, 2500), nan, inf, -inf, ...finite.slice(2500)]);
    const a = moments(finite);
    const b = moments(mixed);
    expect([b.nonFinite, b.count, b.min, b.max]).toEqual([3, 5000, a.min, a.max]);
    for (const name of ['mean', 'std', 'skewness', 'kurtosis', 'l1', 'l2'] as const) {
      expect(close(b[name], a[name], 1e-9 * Math.max(1, Math.abs(a[name])))).toBe(true);
    }
  });
  it('moments(empty or non-finite x) has NaN for mean to max and 0 for the rest', () => {
    const none = {
      count: 0,
      mean: nan,
      std: nan,
      skewness: nan,
      kurtosis: nan,
      min: nan,
      max: nan,
      l1: 0,
      l2: 0,
      zeros: 0,
    };
    expect(moments(new Float32Array(0))).toEqual({ ...none, nonFinite: 0 });
    expect(moments(Float64Array.of(nan, inf))).toEqual({ ...none, nonFinite: 2 });
  });
  it('moments(constant x) has std 0 exactly and NaN for skewness and kurtosis, as scipy', () => {
    const m = moments(new Float64Array(10_001).fill(0.1));
    expect([m.mean, m.std, m.skewness, m.kurtosis]).toEqual([0.1, 0, nan, nan]);
  });
  it('moments(x) counts both zeros', () => {
    expect(moments(Float32Array.of(0, -0, 1, 0, 2 ** -149)).zeros).toBe(3);
    expect(moments(Float64Array.of(0, 5e-324, -0)).zeros).toBe(2);
  });
  it('moments(x) holds at the ends of float64', () => {
    const base = [1, 2, 3, 5, 8];
    const plain = moments(Float64Array.from(base));
    for (const scale of [2 ** 1019, 2 ** -1000, 2 ** 400, 2 ** -300]) {
      const m = moments(Float64Array.from(base, (v) => v * scale));
      for (const name of ['mean', 'std', 'l1', 'l2', 'min', 'max'] as const) {
        expect(close(m[name] / scale, plain[name], 1e-14 * plain[name])).toBe(true);
      }
      expect(close(m.skewness, plain.skewness, 1e-13)).toBe(true);
      expect(close(m.kurtosis, plain.kurtosis, 1e-13)).toBe(true);
    }
  });
  it('moments(x) rejects other arrays', () => {
    expect(() => moments([1] as unknown as Float32Array)).toThrow(
      'moments: x must be a Float32Array or Float64Array, got [1]',
    );
  });
});

describe('moments by both paths', () => {
  it('moments(x) agrees to 1e-12 with and without WebAssembly at any length, exactly in what is counted', () => {
    const value = fc.oneof({ weight: 20, arbitrary: fc.float() }, { weight: 1, arbitrary: fc.constant(0) });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.boolean(), (list, double) => {
        const x = double ? Float64Array.from(list) : Float32Array.from(list);
        const { reference, kernel } = byBothPaths(() => moments(x));
        for (const name of ['count', 'min', 'max', 'zeros', 'nonFinite'] as const)
          expect(kernel[name] === reference[name] || Number.isNaN(kernel[name])).toBe(true);
        const size = Math.max(Math.abs(reference.min), Math.abs(reference.max)) || 0;
        for (const name of ['mean', 'std'] as const)
          expect(close(kernel[name], reference[name], 1e-12 * size)).toBe(true);
        expect(close(kernel.l2, reference.l2, 1e-12 * reference.l2)).toBe(true);
      }),
      { numRuns: 300 },
    );
    for (const n of [2047, 2048, 2049, 32_769, 100_003]) {
      const x = fillNormal(new Float32Array(n), randomKey(n), { mean: 3 });
      const { reference, kernel } = byBothPaths(() => moments(x));
      for (const name of ['mean', 'std', 'skewness', 'kurtosis', 'l1', 'l2'] as const) {
        expect(close(kernel[name], reference[name], 1e-12 * Math.max(1, Math.abs(reference[name])))).toBe(true);
      }
    }
  });
});
