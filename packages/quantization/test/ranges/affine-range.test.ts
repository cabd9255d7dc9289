import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { affineRange } from '../../src/ranges/affine-range.ts';

const float = fc.float({ noNaN: true, noDefaultInfinity: true });

describe('affineRange', () => {
  test('affineRange(-1, 2, 255) has its zero on code 85', () => {
    expect(affineRange(-1, 2, 255)).toEqual({ scale: 3 / 255, min: -1, max: 2 });
  });

  test('affineRange(-0.6, 1, 3) shifts by less than half a step: 0.6 / scale = 1.125 is rounded to 1', () => {
    const scale = 1.6 / 3;
    expect(affineRange(-0.6, 1, 3)).toEqual({ scale, min: -scale, max: 3 * scale - scale });
  });

  test('affineRange(-1, 1, 255) rounds the tie of its zero, 127.5, to the even 128', () => {
    const { scale, min } = affineRange(-1, 1, 255);
    expect(min).toBe(-128 * scale);
  });

  test('affineRange(min, max) keeps a range without 0 as it is', () => {
    expect(affineRange(1, 2, 255)).toEqual({ scale: 1 / 255, min: 1, max: 2 });
    expect(affineRange(-2, -1, 255)).toEqual({ scale: 1 / 255, min: -2, max: -1 });
  });

  test('affineRange(0, max) and affineRange(min, 0) keep 0 as the end, with the sign that the converter gives it', () => {
    // float(-round((0 - 0) / scale) * scale) in numpy is -0.0
    expect(affineRange(0, 1, 255).min).toBe(-0);
    expect(Object.is(affineRange(-1, 0, 255).max, 0)).toBe(true);
  });

  // A zero point off by less than half shifts both ends by less than half a step; 1e-9 covers the roundings in float64.
  test('affineRange(min, max) shifts by at most half a step and has 0 on the grid exactly', () => {
    fc.assert(
      fc.property(float, float, fc.constantFrom(3, 255, 65535), (a, b, levels) => {
        fc.pre(a !== b);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { scale, min, max } = affineRange(low, high, levels);
        expect(Math.abs(min - low)).toBeLessThanOrEqual(scale * (0.5 + 1e-9));
        expect(Math.abs(max - high)).toBeLessThanOrEqual(scale * (0.5 + 1e-9) + 2 ** -50 * Math.max(-low, high));
        if (low <= 0 && high >= 0) expect(Math.round(-min / scale) * scale + min).toBe(0);
      }),
    );
  });
});
