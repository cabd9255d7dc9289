import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { type ChronoBiasOptions, chronoBias } from '../../src/index.ts';
import { lawOf, valuesFor } from '../../src/laws/initializer.ts';
import { ksBound, ksDistance, spreadOf } from '../support.ts';

const UNITS = 2000;
const fans = { fanIn: 1, fanOut: 1 };

it.each([3, 10, 784])('chronoBias({ longest: %d }) is ln U(1, longest - 1) on the forget gates', async (longest) => {
  const values = await valuesOf(chronoBias({ longest })([4 * UNITS], { seed: 5 }));
  const forget = values.subarray(UNITS, 2 * UNITS);
  expect(Math.min(...forget)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...forget)).toBeLessThanOrEqual(Math.log(longest - 1) * (1 + 2 ** -23));
  expect(ksDistance(forget, (b) => (Math.exp(b) - 1) / (longest - 2))).toBeLessThan(ksBound(UNITS));
  expect(values.subarray(0, UNITS)).toEqual(forget.map((b) => -b));
  expect(values.subarray(2 * UNITS).every((value) => value === 0)).toBe(true);
});

it.each([3, 10, 784])('chronoBias({ longest: %d }) states the standard deviation and its error', (longest) => {
  const law = lawOf(chronoBias({ longest }))!;
  const { mean, std, kurtosis } = law.spread(fans, [4 * UNITS]);
  expect(mean).toBe(0);
  // E ln^2 u over [1, end] by the midpoint rule; the second derivative is below 2 in size: 2 (end - 1)^2 / (24 n^2).
  const [end, n] = [longest - 1, 1e5];
  let square = 0;
  for (let i = 0; i < n; i++) square += Math.log(1 + ((i + 0.5) / n) * (end - 1)) ** 2 / n;
  expect(Math.abs(std ** 2 - square / 2)).toBeLessThan(1e-5);
  const scores: number[] = [];
  for (let seed = 0; seed < 400; seed++) {
    const values = valuesFor(law, [400], { seed });
    scores.push((spreadOf(values).std / std - 1) / Math.sqrt((kurtosis - 1) / (4 * 400)));
  }
  // The sum of 400 squares of standard normals has mean 400 and deviation sqrt(800): within five.
  expect(Math.abs(scores.reduce((sum, score) => sum + score * score, 0) - 400)).toBeLessThan(5 * Math.sqrt(800));
});

it('chronoBias({ longest: 2 }) is 0: nothing to remember', async () => {
  expect(Array.from(await valuesOf(chronoBias({ longest: 2 })([8])), Math.abs)).toEqual(Array(8).fill(0));
  expect(lawOf(chronoBias({ longest: 2 }))!.spread(fans, [8]).std).toBe(0);
});

it('chronoBias(options) refuses what is no number of steps and shapes that are no bias of four gates', () => {
  for (const longest of [1, 2.5, Number.NaN, 2 ** 25, undefined])
    expect(() => chronoBias({ longest } as ChronoBiasOptions)).toThrow('chronoBias: longest must be an integer from 2');
  expect(() => chronoBias(undefined as never)).toThrow('chronoBias: longest must be an integer from 2');
  expect(() => chronoBias({ longest: 10 })([6])).toThrow("chronoBias: shape must be an LSTM's bias");
});
