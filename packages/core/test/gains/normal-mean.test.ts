import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalCdf } from '../../src/gains/activations.ts';
import { normalMean } from '../../src/gains/normal-mean.ts';

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** 960 products, each off by a few 2^-53 of itself, added up; errors seen are below 1e-15. */
const ROUNDING = 1e-14;

it.each<[name: string, f: (z: number) => number, mean: number]>([
  ['1', () => 1, 1],
  ['z^2', (z) => z * z, 1],
  ['z^4', (z) => z ** 4, 3],
  ['z^12', (z) => z ** 12, 10395],
  ['cos^2', (z) => Math.cos(z) ** 2, (1 + Math.exp(-2)) / 2],
  ['exp 2z', (z) => Math.exp(2 * z), Math.exp(2)],
  ['exp 6z', (z) => Math.exp(6 * z), Math.exp(18)],
  ['|z|', Math.abs, Math.sqrt(2 / Math.PI)],
  ['the step at 0', (z) => (z > 0 ? 1 : 0), 0.5],
])('normalMean(f) is the closed form for a smooth f or one with its kink at 0: %s', (_, f, mean) => {
  expect(Math.abs(normalMean(f) / mean - 1)).toBeLessThan(ROUNDING);
});

it('normalMean(f) finds kinks and jumps anywhere', () => {
  fc.assert(
    fc.property(fc.double({ min: -4, max: 4, noNaN: true }), (at) => {
      // E max(0, z - a) = phi(a) - a (1 - Phi(a)): two roundings of numbers up to 4 and the series of Phi, some 1e-15.
      const ramp = density(at) - at * (1 - normalCdf(at));
      expect(Math.abs(normalMean((z) => Math.max(0, z - at)) - ramp)).toBeLessThan(ROUNDING);
      expect(Math.abs(normalMean((z) => (z > at ? 1 : 0)) - (1 - normalCdf(at)))).toBeLessThan(ROUNDING);
    }),
    // The first halves of the interval around this place err by as much as the whole does: 4.5e-14 when they alone are asked.
    { numRuns: 100, examples: [[-0.9170922113695005]] },
  );
});

it('normalMean(f) finds a bump that is 0.035 wide, the largest distance of its nodes, and can miss a narrower one', () => {
  const bump = (at: number, width: number) => normalMean((z) => (Math.abs(z - at) < width / 2 ? 100 : 1));
  fc.assert(
    fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (at) => {
      const share = normalCdf(at + 0.0175) - normalCdf(at - 0.0175);
      // 99 times a difference of two values of Phi, each with an error of some 1e-15.
      expect(Math.abs(bump(at, 0.035) - (1 + 99 * share))).toBeLessThan(99 * ROUNDING);
    }),
    { numRuns: 100 },
  );
  expect(Math.abs(bump(0.1, 0.002) - 1)).toBeLessThan(ROUNDING);
});

it('normalMean(f) comes to an end for noise, and is not finite where f is not', () => {
  let calls = 0;
  const noise = (z: number) => {
    calls++;
    return 1 + 1e-6 * Math.sin(1e15 * z);
  };
  expect(Math.abs(normalMean(noise) - 1)).toBeLessThan(1e-6);
  // 80 intervals, at most 201 halvings each, 24 nodes a halving and 48 of the halves’ halves, and the 12 of the first look.
  expect(calls).toBeLessThanOrEqual(80 * (201 * 72 + 12));
  expect(normalMean(() => Number.NaN)).toBeNaN();
  expect(Number.isFinite(normalMean((z) => (z > 1 ? Infinity : 0)))).toBe(false);
});
