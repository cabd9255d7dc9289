import { expect, it } from 'vitest';
import { truncatedSpread } from '../../src/laws/truncated-spread.ts';

it('truncatedSpread(-2, 2) has the standard deviation that Keras and JAX correct by', () => {
  const { mean, std } = truncatedSpread(-2, 2);
  expect(mean).toBeCloseTo(0, 12);
  // The constant as both libraries have it, from scipy.stats.truncnorm.std(-2, 2).
  expect(std).toBeCloseTo(0.8796256610342398, 12);
});

it('truncatedSpread(-Infinity, Infinity) is the normal: 0, 1, kurtosis 3', () => {
  const { mean, std, kurtosis } = truncatedSpread(-Infinity, Infinity);
  expect(mean).toBeCloseTo(0, 12);
  expect(std).toBeCloseTo(1, 10);
  expect(kurtosis).toBeCloseTo(3, 10);
});

it('truncatedSpread(0, Infinity) is the half-normal', () => {
  const { mean, std, kurtosis } = truncatedSpread(0, Infinity);
  // Closed forms: sqrt(2 / pi), 1 - 2 / pi, 3 + 8 (pi - 3) / (pi - 2)^2.
  expect(mean).toBeCloseTo(Math.sqrt(2 / Math.PI), 9);
  expect(std).toBeCloseTo(Math.sqrt(1 - 2 / Math.PI), 9);
  expect(kurtosis).toBeCloseTo(3 + (8 * (Math.PI - 3)) / (Math.PI - 2) ** 2, 8);
});

it('truncatedSpread(a, a + small) tends to a uniform: kurtosis 1.8', () => {
  const { mean, std, kurtosis } = truncatedSpread(0.3, 0.301);
  expect(mean).toBeCloseTo(0.3005, 6);
  expect(std).toBeCloseTo(0.001 / Math.sqrt(12), 8);
  expect(kurtosis).toBeCloseTo(1.8, 5);
});

it('truncatedSpread(a, Infinity) far out tends to an exponential of rate a, and mirrors', () => {
  const far = truncatedSpread(20, Infinity);
  // Mean excess over a is 1/a - 2/a^3 + O(a^-5).
  expect(far.mean - 20).toBeCloseTo(1 / 20 - 2 / 8000, 4);
  const mirrored = truncatedSpread(-Infinity, -20);
  expect(mirrored.mean).toBeCloseTo(-far.mean, 12);
  expect(mirrored.std).toBeCloseTo(far.std, 12);
});
