import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type VarianceScalingOptions, varianceScaling } from '../../src/index.ts';
import { golden, ksBound, ksDistance, make, normalCdf, spreadOf } from '../support.ts';

interface JaxCase {
  call: string;
  law: string;
  config: Record<string, number | string | boolean>;
  seed: number;
  shape: number[];
  values: number[];
}

/** How far a value may be from JAX's for the same key, by law. */
function tolerance({ law, config }: JaxCase, value: number): number {
  const family = law === 'varianceScaling' ? config.distribution : /uniform/i.test(law) ? 'uniform' : law;
  if (family === 'uniform') return 0;
  // QR in float32 moves Q by about cond(A) sqrt(rows cols) 2^-24; cond(A) is 7.6 or less here and the gain 1.5.
  if (law === 'orthogonal') return 1.5 * 7.6 * Math.sqrt(60) * 2 ** -24;
  // 3.3 units in the last place for numerics' quantile, about 4 for XLA's erfinv, 1 for the product.
  const rounding = 8.5 * 2 ** -23 * Math.abs(value);
  if (family === 'normal') return rounding;
  // The ends of u, their difference and the sum may each differ in the last place, 2^-22 in all; the quantile's slope,
  // sqrt(pi / 2) exp(z^2 / 2), is at most 9.3 for |z| <= 2 and 28.6 at 2.5. Scales here are at most 2.
  const steepest = config.upper === 2.5 ? 28.6 : 9.3;
  return rounding + 2 * steepest * 2 ** -22;
}

describe('varianceScaling and its kin against jax.nn.initializers', () => {
  it.each(golden<JaxCase>('jax'))('$call: the same values for the same key', async (c) => {
    const values = await valuesOf(make(c.law, c.config)(c.shape, { seed: c.seed }));
    expect(values.length).toBe(c.values.length);
    for (const [i, expected] of c.values.entries())
      expect(Math.abs(values[i]! - Math.fround(expected)), `entry ${i}`).toBeLessThanOrEqual(tolerance(c, expected));
  });
});

const MODES = { fanIn: 30, fanOut: 120, fanAvg: 75, fanGeoAvg: 60 };

it.each(
  (['truncatedNormal', 'normal', 'uniform'] as const).flatMap((distribution) =>
    (Object.keys(MODES) as (keyof typeof MODES)[]).map((mode) => [distribution, mode] as const),
  ),
)('varianceScaling({ distribution: %s, mode: %s }) has variance scale / n', async (distribution, mode) => {
  const scale = 1.7;
  const n = 30 * 120 * 4;
  const sigma = Math.sqrt(scale / MODES[mode]);
  const values = await valuesOf(
    varianceScaling({ scale, mode, distribution })([4, 30, 120], { seed: 9, fans: { fanIn: 30, fanOut: 120 } }),
  );
  const { mean, std } = spreadOf(values);
  // Five standard errors; the kurtosis is 3 at most.
  expect(Math.abs(mean)).toBeLessThan((5 * sigma) / Math.sqrt(n));
  expect(Math.abs(std / sigma - 1)).toBeLessThan(5 * Math.sqrt(0.5 / n));
  const cut = sigma / 0.8796256610342398;
  const limit = Math.sqrt(3) * sigma;
  const cdf = {
    truncatedNormal: (x: number) => (normalCdf(x / cut) - normalCdf(-2)) / (1 - 2 * normalCdf(-2)),
    normal: (x: number) => normalCdf(x / sigma),
    uniform: (x: number) => (x + limit) / (2 * limit),
  }[distribution];
  expect(ksDistance(values, cdf)).toBeLessThan(ksBound(n));
  const ends = { truncatedNormal: 2 * cut, normal: Infinity, uniform: limit }[distribution];
  // Half a unit in the last place for the rounded end.
  expect(values.every((x) => Math.abs(x) <= ends * (1 + 2 ** -22))).toBe(true);
});

it('varianceScaling() defaults to scale 1, fan-in, truncated normal, as Keras', () => {
  expect(varianceScaling().config).toEqual({ scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' });
});

it('varianceScaling(options) refuses a scale that is not above 0 and lists the modes and distributions it knows', () => {
  const wrong = (options: object) => () => varianceScaling(options as VarianceScalingOptions);
  for (const scale of [0, -1, Number.NaN, Infinity, '2'])
    expect(wrong({ scale })).toThrow('varianceScaling: scale must be finite and above 0, got');
  expect(wrong({ mode: 'fan_in' })).toThrow(
    'varianceScaling: mode must be fanIn, fanOut, fanAvg, fanGeoAvg, got "fan_in"',
  );
  expect(wrong({ mode: 'toString' })).toThrow('varianceScaling: mode must be fanIn');
  expect(wrong({ distribution: 'gauss' })).toThrow(
    'varianceScaling: distribution must be truncatedNormal, normal, uniform, got "gauss"',
  );
});

it('varianceScaling({ scale }) refuses a variance that float32 cannot hold, and never fills with zeros or infinity', () => {
  expect(() => varianceScaling({ scale: 1e-50 })([4, 4])).toThrow('the variance of shape [4,4] must be a float32');
  expect(() => varianceScaling({ scale: 1e40 })([4, 4])).toThrow('the variance of shape [4,4] must be a float32');
});
