import { fillNormal, fillUniform, moments, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { erf } from '../../src/random/normal-distribution.ts';
import { density, golden, onBothPaths, ulp, worst } from '../both.ts';

onBothPaths('fillNormal', () => {
  it('fillNormal(out, key) agrees with jax.random.normal to the error of the two', () => {
    // Ours is within 3.3 ulp. JAX's polynomial and products err by up to 4 ulp, and it takes ln(1 - u * u) with u * u
    // rounded: 2^-25 in u^2, thus at most 2^-25 in u, which moves z by that over 2 density(z).
    const tolerance = (z: number) => 8 * ulp(z) + 2 ** -25 / (2 * density(z));
    for (const { seed, values } of golden<{ seed: number; values: number[] }>('streams', 'normal')) {
      const out = fillNormal(new Float32Array(values.length), randomKey(seed));
      expect(worst(out, values, tolerance)).toBeLessThan(1);
    }
  });
  it('fillNormal(out, key) passes the Kolmogorov-Smirnov test against the normal distribution', () => {
    const n = 100_000;
    const sorted = fillNormal(new Float32Array(n), randomKey(5)).sort();
    let distance = 0;
    sorted.forEach((z, i) => {
      const p = (1 + erf(z / Math.SQRT2)) / 2;
      distance = Math.max(distance, Math.abs(p - i / n), Math.abs(p - (i + 1) / n));
    });
    // P(sqrt(n) D > 1.95) = 2 exp(-2 * 1.95^2) = 0.001 for the right distribution; the seed is fixed.
    expect(Math.sqrt(n) * distance).toBeLessThan(1.95);
  });
  it('fillNormal(out, key) has the moments of a normal distribution', () => {
    const n = 400_000;
    const m = moments(fillNormal(new Float32Array(n), randomKey(6)));
    // Standard errors 1, sqrt(1/2), sqrt(6) and sqrt(24) over sqrt(n); five of each.
    expect(Math.abs(m.mean) * Math.sqrt(n)).toBeLessThan(5);
    expect(Math.abs(m.std - 1) * Math.sqrt(n)).toBeLessThan(5 * Math.SQRT1_2);
    expect(Math.abs(m.skewness) * Math.sqrt(n)).toBeLessThan(5 * Math.sqrt(6));
    expect(Math.abs(m.kurtosis) * Math.sqrt(n)).toBeLessThan(5 * Math.sqrt(24));
  });
  it('fillNormal(out, key) rises with the uniform of the same element', () => {
    const u = fillUniform(new Float32Array(1000), [3, 4]);
    const z = fillNormal(new Float32Array(1000), [3, 4]);
    const order = Array.from(u.keys()).sort((a, b) => u[a]! - u[b]!);
    for (let i = 1; i < order.length; i++) expect(z[order[i]!]! >= z[order[i - 1]!]!).toBe(true);
  });
  it('fillNormal(out, key, {mean, std}) shifts and scales in float32, std 0 gives the mean', () => {
    const z = fillNormal(new Float32Array(50), [0, 1]);
    const out = fillNormal(new Float32Array(50), [0, 1], { mean: 0.1, std: 0.05 });
    const expected = z.map((v) => Math.fround(v * Math.fround(0.05)) + Math.fround(0.1));
    expect(out).toEqual(expected);
    expect(fillNormal(new Float32Array(3), [0, 1], { mean: 2, std: 0 })).toEqual(Float32Array.of(2, 2, 2));
  });
  it('fillNormal(out, key, {mean, std}) rejects a mean or std out of range', () => {
    const fill = (options: object) => () => fillNormal(new Float32Array(1), [0, 0], options);
    expect(fill({ std: -1 })).toThrow('fillNormal: std must be a finite float32 of 0 or more, got -1');
    expect(fill({ std: Number.NaN })).toThrow(RangeError);
    expect(fill({ std: 1e39 })).toThrow(RangeError);
    expect(fill({ std: '1' } as never)).toThrow('fillNormal: std must be a finite float32 of 0 or more, got "1"');
    expect(fill({ mean: '1' } as never)).toThrow(RangeError);
    expect(fill({ mean: Number.NaN })).toThrow('fillNormal: mean must be a finite float32, got NaN');
    expect(fill({ stddev: 1 })).toThrow('fillNormal: options must be among mean, std, offset, got "stddev"');
  });
});
