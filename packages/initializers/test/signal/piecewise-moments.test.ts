import { activationMoments } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { activated } from '../../src/signal/activation-grid.ts';
import { piecewiseMoments } from '../../src/signal/piecewise-moments.ts';

describe('piecewiseMoments(pieces, mean, variance)', () => {
  const leaky = [
    { from: -Infinity, slope: 0.5, offset: 0 },
    { from: 0, slope: 1, offset: 0 },
    { from: 2, slope: 0, offset: 2 },
  ];
  const f = (x: number): number => Math.min(2, x > 0 ? x : 0.5 * x);

  it('half of everything for ReLU, by hand', () => {
    const relu = [
      { from: -Infinity, slope: 0, offset: 0 },
      { from: 0, slope: 1, offset: 0 },
    ];
    const { mean, square, slope } = piecewiseMoments(relu, 0, 4);
    expect(mean).toBeCloseTo(2 / Math.sqrt(2 * Math.PI), 14);
    expect(square).toBeCloseTo(2, 14);
    expect(slope).toBeCloseTo(0.5, 14);
  });

  it.each([
    [0, 1],
    [0.7, 0.3],
    [-3, 2],
    [40, 0.5],
  ])('the quadrature of mean %d and variance %d', (mean, variance) => {
    const [exact, other] = [piecewiseMoments(leaky, mean, variance), activationMoments(f, mean, variance)];
    // Its midpoint rule has 4000 nodes over 20 standard deviations: kinks to 1e-5, steps of the slope to 1e-3 each.
    expect(Math.abs(exact.mean - other.mean)).toBeLessThan(1e-5 * Math.max(1, Math.abs(exact.mean)));
    expect(Math.abs(exact.square - other.square)).toBeLessThan(2e-5 * Math.max(1, exact.square));
    expect(Math.abs(exact.slope - other.slope)).toBeLessThan(2e-3);
  });

  it('the function itself at variance 0', () => {
    expect(piecewiseMoments(leaky, -1, 0)).toEqual({ mean: -0.5, square: 0.25, slope: 0.25 });
    expect(piecewiseMoments(leaky, 5, 0)).toEqual({ mean: 2, square: 4, slope: 0 });
  });
});

describe('activated(activation, moments)', () => {
  it('shares the quadrature among places of nearly equal variance, to 1e-5', () => {
    const variances = Float64Array.from({ length: 500 }, (_, i) => 1 + i / 100);
    const grid = { dims: [500, 1], values: variances };
    const zero = { dims: [1, 1], values: Float64Array.of(0) };
    const found = activated({ name: 'tanh', f: Math.tanh }, { mean: zero, square: grid })!;
    const exact = Array.from(variances, (v) => activationMoments(Math.tanh, 0, v));
    const average = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / 500;
    expect(Math.abs(average(found.square.values) / average(exact.map(({ square }) => square)) - 1)).toBeLessThan(1e-5);
    expect(Math.abs(average(found.slope.values) / average(exact.map(({ slope }) => slope)) - 1)).toBeLessThan(1e-5);
    // Of one place: half a step of 2^-8 of the variance.
    for (const [i, { square }] of exact.entries())
      expect(Math.abs(found.square.values[i]! / square - 1)).toBeLessThan(2 ** -8);
  });
});
