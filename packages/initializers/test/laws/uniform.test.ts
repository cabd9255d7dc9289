import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uniform } from '../../src/index.ts';
import { ksBound, ksDistance, spreadOf } from '../support.ts';

it('uniform({ min, max }) stays in [min, max] with the moments and the distribution of its law', async () => {
  const [min, max, n] = [-0.5, 1.5, 20000];
  const values = await valuesOf(uniform({ min, max })([n], { seed: 11 }));
  expect(values.every((x) => x >= min && x <= max)).toBe(true);
  const { mean, std } = spreadOf(values, 0.5);
  const sigma = (max - min) / Math.sqrt(12);
  // Five standard errors: sigma / sqrt n of the mean, sqrt((1.8 - 1) / 4n) of the standard deviation.
  expect(Math.abs(mean - 0.5)).toBeLessThan((5 * sigma) / Math.sqrt(n));
  expect(Math.abs(std / sigma - 1)).toBeLessThan(5 * Math.sqrt(0.2 / n));
  expect(ksDistance(values, (x) => (x - min) / (max - min))).toBeLessThan(ksBound(n));
});

it('uniform() has the ends of Keras, ±0.05', async () => {
  expect(uniform().config).toEqual({ min: -0.05, max: 0.05 });
  const values = await valuesOf(uniform()([4000]));
  expect(Math.max(...values)).toBeGreaterThan(0.0495);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.05));
});

it('uniform({ min, max }) keeps an end of 0: 0 is a value', async () => {
  const values = await valuesOf(uniform({ min: 0, max: 1 })([4000]));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  const below = await valuesOf(uniform({ min: -1, max: 0 })([4000]));
  expect(Math.max(...below)).toBeLessThanOrEqual(0);
});

it('uniform({ min, max }) keeps to any ends', async () => {
  const end = fc.float({ min: -100, max: 100, noNaN: true });
  await fc.assert(
    fc.asyncProperty(end, end, fc.integer(), async (a, b, seed) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const values = await valuesOf(uniform({ min, max })([50], { seed }));
      expect(values.every((x) => x >= min && x <= max)).toBe(true);
    }),
  );
});

it('uniform({ min, max }) refuses ends in the wrong order or not finite', () => {
  expect(() => uniform({ min: 1, max: 0.5 })).toThrow('uniform: min must be at most max, got [1, 0.5]');
  expect(() => uniform({ min: Number.NaN })).toThrow('uniform: min must be a finite float32, got NaN');
  expect(() => uniform({ max: Infinity })).toThrow('uniform: max must be a finite float32, got Infinity');
  expect(() => uniform({ min: -3e38, max: 3e38 })).toThrow('uniform: max - min must be a finite float32');
});
