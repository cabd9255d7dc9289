import { interpolateInferno } from 'd3-scale-chromatic';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divergingScale, infernoScale } from '../../src/marks/color-scale.ts';
import { diverging } from '../../src/marks/colors.ts';

describe('divergingScale(domain, range)', () => {
  const { colors, level, legend } = divergingScale([-2, 2], [-2, 2]);

  it('is white at 0, and has the ends of the ramp at the ends of the domain', () => {
    expect(colors[level(0)]).toBe(diverging(0));
    expect(colors[level(2)]).toBe(diverging(1));
    expect(colors[level(-2)]).toBe(diverging(-1));
    expect(legend.colors.at(0)).toBe(diverging(-1));
    expect(legend.colors.at(-1)).toBe(diverging(1));
    expect(legend.colors).toHaveLength(65);
  });

  it('is never further than half a level from the color of the value', () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (value) => {
        const share = Math.round((value / 2) * 32) / 32;
        expect(Math.abs(share - value / 2)).toBeLessThanOrEqual(1 / 64);
        expect(colors[level(value)]).toBe(diverging(share));
      }),
    );
  });

  it('measures both sides alike where the domain reaches further to one', () => {
    const scale = divergingScale([-1, 4], [-3, 9]);
    expect(scale.colors[scale.level(1)]).toBe(diverging(0.25));
    expect(scale.colors[scale.level(-1)]).toBe(diverging(-0.25));
    // Beyond the domain the last color goes on, and the legend says it.
    expect(scale.colors[scale.level(-3)]).toBe(diverging(-0.25));
    expect(scale.colors[scale.level(9)]).toBe(diverging(1));
    expect(scale.legend).toMatchObject({ from: '−1 or less', to: '4 or more' });
    expect(scale.legend.colors).toHaveLength(8 + 1 + 32);
  });
});

describe('infernoScale(domain, range)', () => {
  it('has the color of d3-scale-chromatic at the place of a value, 64 of them', () => {
    const { colors, level, legend } = infernoScale([10, 20], [10, 20]);
    for (let i = 0; i < 64; i++) expect(colors[level(10 + (10 * (i + 0.5)) / 64)]).toBe(interpolateInferno(i / 63));
    expect(level(20)).toBe(63);
    expect(level(-5)).toBe(0);
    expect(legend).toMatchObject({ from: '10', to: '20' });
  });

  it('holds a domain as wide as doubles go', () => {
    const { MAX_VALUE } = Number;
    const { level } = infernoScale([-MAX_VALUE, MAX_VALUE], [-MAX_VALUE, MAX_VALUE]);
    expect([-MAX_VALUE, 0, MAX_VALUE].map(level)).toEqual([0, 32, 63]);
  });
});
