import { fans } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { varianceScaling } from '../../src/index.ts';
import { lawOf } from '../../src/laws/initializer.ts';
import { golden, make } from '../support.ts';

interface KerasCase {
  call: string;
  law: string;
  shape: number[];
  fanIn: number;
  fanOut: number;
  std: number;
  count: number;
  measuredStd: number;
  largest: number;
}

describe('recipes against Keras', () => {
  it.each(golden<KerasCase>('keras'))(
    '$call: the same fans and standard deviation, and values within the same ends',
    async (c) => {
      const law = lawOf(make(c.law))!;
      const counted = fans(c.shape);
      expect(counted).toEqual({ fanIn: c.fanIn, fanOut: c.fanOut });
      const { std, kurtosis } = law.spread(counted, c.shape);
      // Keras takes the same float64 steps: a rounding or two.
      expect(std / c.std).toBeCloseTo(1, 14);
      // Keras's own values have that standard deviation within five standard errors.
      expect(Math.abs(c.measuredStd / std - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / (4 * c.count)));
      const end = std * (/Uniform/.test(c.law) ? Math.sqrt(3) : 2 / 0.8796256610342398);
      expect(c.largest).toBeLessThanOrEqual(end * (1 + 2 ** -22));
      const values = await valuesOf(make(c.law)(c.shape));
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(end * (1 + 2 ** -22));
    },
  );
});

it.each([
  ['heNormal', 2, 'fanIn', 'truncatedNormal'],
  ['heUniform', 2, 'fanIn', 'uniform'],
  ['glorotNormal', 1, 'fanAvg', 'truncatedNormal'],
  ['glorotUniform', 1, 'fanAvg', 'uniform'],
  ['lecunNormal', 1, 'fanIn', 'truncatedNormal'],
  ['lecunUniform', 1, 'fanIn', 'uniform'],
] as const)(
  '%s() is varianceScaling({ scale: %d, mode: %s, distribution: %s })',
  async (law, scale, mode, distribution) => {
    const options = { seed: 4, path: 'p' };
    const general = await valuesOf(varianceScaling({ scale, mode, distribution })([7, 5], options));
    expect(await valuesOf(make(law)([7, 5], options))).toEqual(general);
  },
);
