import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { truncatedNormal } from '../../src/index.ts';
import { truncatedSpread } from '../../src/laws/truncated-spread.ts';
import { ksBound, ksDistance, normalCdf, spreadOf } from '../support.ts';

it.each([
  [-2, 2],
  [-1, 2.5],
  [0.5, Infinity],
  [-Infinity, 0],
])(
  'truncatedNormal({ lower: %d, upper: %d }) stays in its bounds with the moments and distribution of its law',
  async (lower, upper) => {
    const [mu, sigma, n] = [0.2, 0.5, 20000];
    const values = await valuesOf(truncatedNormal({ mean: mu, std: sigma, lower, upper })([n], { seed: 3 }));
    expect(values.every((x) => x >= mu + lower * sigma - 1e-7 && x <= mu + upper * sigma + 1e-7)).toBe(true);
    const z = truncatedSpread(lower, upper);
    const centre = mu + sigma * z.mean;
    const { mean, std } = spreadOf(values, centre);
    // Five standard errors of the mean and of the standard deviation.
    expect(Math.abs(mean - centre)).toBeLessThan((5 * sigma * z.std) / Math.sqrt(n));
    expect(Math.abs(std / (sigma * z.std) - 1)).toBeLessThan(5 * Math.sqrt((z.kurtosis - 1) / (4 * n)));
    const [low, high] = [normalCdf(Math.max(lower, -6)), normalCdf(Math.min(upper, 6))];
    expect(ksDistance(values, (x) => (normalCdf((x - mu) / sigma) - low) / (high - low))).toBeLessThan(ksBound(n));
  },
);

it('truncatedNormal() has the defaults of Keras, and bounds in standard deviations as JAX', async () => {
  expect(truncatedNormal().config).toEqual({ mean: 0, std: 0.05, lower: -2, upper: 2 });
  const values = await valuesOf(truncatedNormal()([4000]));
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
});

it('truncatedNormal({ std: 0 }) is the mean', async () => {
  expect(await valuesOf(truncatedNormal({ mean: 2, std: 0 })([2]))).toEqual(Float32Array.of(2, 2));
});

it('truncatedNormal({ lower, upper }) refuses bounds in the wrong order, and a wrong std or mean', () => {
  const wrong = (options: object) => () => truncatedNormal(options);
  expect(wrong({ lower: 2, upper: -2 })).toThrow('truncatedNormal: lower must be below upper, got [2, -2]');
  expect(wrong({ lower: 1, upper: 1 })).toThrow('truncatedNormal: lower must be below upper, got [1, 1]');
  expect(wrong({ lower: Number.NaN })).toThrow('truncatedNormal: lower must be below upper, got [NaN, 2]');
  expect(wrong({ std: -1 })).toThrow('truncatedNormal: std must be 0 or more, got -1');
  expect(wrong({ mean: Number.NaN })).toThrow('truncatedNormal: mean must be a finite float32, got NaN');
});
