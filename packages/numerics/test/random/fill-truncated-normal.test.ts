import { fillTruncatedNormal, moments, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { density, golden, onBothPaths, ulp, worst } from '../both.ts';

interface Case {
  seed: number;
  lower: number | string;
  upper: number | string;
  values: number[];
}
const bound = (x: number | string) =>
  x === 'inf' ? Number.POSITIVE_INFINITY : x === '-inf' ? Number.NEGATIVE_INFINITY : +x;

onBothPaths('fillTruncatedNormal', () => {
  it('fillTruncatedNormal(out, key, {lower, upper}) agrees with jax.random.truncated_normal', () => {
    // As for fillNormal, and erf of the two bounds in float32: each off by up to 2 ulp of 2^-24 in JAX.
    const tolerance = (z: number) => 8 * ulp(z) + 2 ** -22 / (2 * density(z));
    const cases = golden<Case>('streams', 'truncated_normal');
    expect(cases.length).toBe(20);
    for (const { seed, lower, upper, values } of cases) {
      const options = { lower: bound(lower), upper: bound(upper) };
      const out = fillTruncatedNormal(new Float32Array(values.length), randomKey(seed), options);
      expect(worst(out, values, tolerance)).toBeLessThan(1);
    }
  });
  it('fillTruncatedNormal(out, key, {lower, upper}) inverts far tails as scipy does in float64', () => {
    // Both are right to 1e-11 or better before they are rounded to float32.
    for (const { lower, upper, values } of golden<Case>('tails', 'ndtri_exp')) {
      const options = { lower: bound(lower), upper: bound(upper) };
      const out = fillTruncatedNormal(new Float32Array(values.length), randomKey(0), options);
      expect(worst(out, values, ulp)).toBeLessThanOrEqual(1);
      expect(new Set(out).size).toBe(values.length);
    }
  });
  it('fillTruncatedNormal(out, key, {mean, std, lower, upper}) stays inside mean + std * [lower, upper]', () => {
    const end = fc.double({ min: -12, max: 12, noNaN: true });
    const width = fc.double({ min: 1e-3, max: 20, noNaN: true });
    const scale = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(end, width, end, scale, fc.integer({ min: 0, max: 1e6 }), (lower, size, mean, std, seed) => {
        const upper = lower + size;
        // A std this small against the mean leaves no float32 between the bounds.
        fc.pre(std * size > 4 * ulp(Math.abs(mean) + std * 32));
        const out = fillTruncatedNormal(new Float32Array(40), randomKey(seed), { mean, std, lower, upper });
        for (const value of out) expect(value >= mean + std * lower && value <= mean + std * upper).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
  it('fillTruncatedNormal(out, key) has the standard deviation of a normal cut at 2', () => {
    const n = 400_000;
    const m = moments(fillTruncatedNormal(new Float32Array(n), randomKey(2)));
    // Closed form: variance 1 - 4 density(2) / (2 Phi(2) - 1) = 0.7737; kurtosis -0.633 makes the error of the std
    // std * sqrt((2 + kurtosis) / (4 n)); five of them.
    const variance = 1 - (4 * density(2)) / 0.9544997361036416;
    expect(Math.abs(m.std - Math.sqrt(variance))).toBeLessThan(5 * Math.sqrt((variance * 1.367) / (4 * n)));
    expect(Math.abs(m.mean)).toBeLessThan((5 * Math.sqrt(variance)) / Math.sqrt(n));
  });
  it('fillTruncatedNormal(out, key, {lower: 4, upper: 6}) has the mean of its tail', () => {
    const n = 100_000;
    const m = moments(fillTruncatedNormal(new Float32Array(n), randomKey(3), { lower: 4, upper: 6 }));
    // (density(4) - density(6)) / (Q(4) - Q(6)), Q(4) = 3.167124183311986e-5, Q(6) = 9.865876450376946e-10.
    const mean = (density(4) - density(6)) / (3.167124183311986e-5 - 9.865876450376946e-10);
    expect(Math.abs(m.mean - mean)).toBeLessThan((5 * m.std) / Math.sqrt(n));
  });
  it('fillTruncatedNormal(out, key, {lower: -Infinity}) cuts one side only and never gives an infinity', () => {
    const out = fillTruncatedNormal(new Float32Array(20_000), randomKey(4), {
      lower: Number.NEGATIVE_INFINITY,
      upper: 1,
    });
    const m = moments(out);
    expect([m.nonFinite, m.max <= 1, m.min < -3, m.min > -6]).toEqual([0, true, true, true]);
  });
  it('fillTruncatedNormal(out, key, {std: 0}) gives the mean', () => {
    expect(fillTruncatedNormal(new Float32Array(2), [0, 0], { mean: 3, std: 0 })).toEqual(Float32Array.of(3, 3));
  });
  it('fillTruncatedNormal(out, key, {std, lower, upper}) rejects a negative std and bounds out of order', () => {
    const fill = (options: object) => () => fillTruncatedNormal(new Float32Array(1), [0, 0], options);
    expect(fill({ std: -1 })).toThrow('fillTruncatedNormal: std must be a finite float32 of 0 or more, got -1');
    expect(fill({ std: Number.NaN })).toThrow(RangeError);
    expect(fill({ lower: 2 })).toThrow('fillTruncatedNormal: lower must be below upper, got [2, 2]');
    expect(fill({ lower: Number.NaN })).toThrow(RangeError);
    expect(fill({ lower: '-1', upper: '1' } as never)).toThrow(RangeError);
    expect(fill({ lower: 1, upper: 1 + 1e-12 })).toThrow(
      'fillTruncatedNormal: a float32 must lie between lower and upper',
    );
  });
});
