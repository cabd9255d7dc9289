import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { normal } from '../../src/index.ts';
import { ksBound, ksDistance, normalCdf, spreadOf } from '../support.ts';

it('normal({ mean, std }) has the moments and the distribution of its law', async () => {
  const [mu, sigma, n] = [0.3, 0.7, 20000];
  const values = await valuesOf(normal({ mean: mu, std: sigma })([n], { seed: 5 }));
  const { mean, std } = spreadOf(values, mu);
  // Five standard errors: sigma / sqrt n of the mean, sqrt(1 / 2n) of the standard deviation.
  expect(Math.abs(mean - mu)).toBeLessThan((5 * sigma) / Math.sqrt(n));
  expect(Math.abs(std / sigma - 1)).toBeLessThan(5 * Math.sqrt(0.5 / n));
  expect(ksDistance(values, (x) => normalCdf((x - mu) / sigma))).toBeLessThan(ksBound(n));
  // Nothing is cut off at two standard deviations: 4.6 % lie beyond.
  expect(values.filter((x) => Math.abs(x - mu) > 2 * sigma).length / n).toBeCloseTo(0.0455, 2);
});

it('normal() has the standard deviation of Keras, 0.05', () => {
  expect(normal().config).toEqual({ mean: 0, std: 0.05 });
});

it('normal({ std: 0 }) is the mean: 0 is a value', async () => {
  expect(await valuesOf(normal({ mean: 0.5, std: 0 })([3]))).toEqual(Float32Array.of(0.5, 0.5, 0.5));
});

it('normal({ mean, std }) refuses a negative or non-finite standard deviation and a non-finite mean', () => {
  expect(() => normal({ std: -0.1 })).toThrow('normal: std must be 0 or more, got -0.1');
  expect(() => normal({ std: Number.NaN })).toThrow('normal: std must be a finite float32, got NaN');
  expect(() => normal({ mean: Infinity })).toThrow('normal: mean must be a finite float32, got Infinity');
});

it('normal(options) refuses what would give values that no float32 holds', () => {
  for (const mean of [3e38, -3e38])
    expect(() => normal({ mean, std: 3e37 })).toThrow('normal: mean and std must give finite float32 values, got [');
  expect(normal({ mean: 3e38, std: 5e36 }).config.mean).toBe(3e38);
});
