import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliderOf } from '../src/slider.ts';

const number = { kind: 'number', label: 'Std', min: 1e-4, max: 10, step: 0.02, initial: 0.1 } as const;

describe('sliderOf', () => {
  it('sliderOf(parameter) has the range of a number as it is, and its positions are the values', () => {
    const slider = sliderOf({ ...number, min: -1, max: 1 })!;
    expect(slider).toMatchObject({ min: -1, max: 1, step: 0.02 });
    expect([slider.positionOf(0.3), slider.valueAt(0.3), slider.valueAt(7)]).toEqual([0.3, 0.3, 1]);
    expect(sliderOf({ kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 })).toMatchObject({
      max: 999,
      step: 1,
    });
  });

  it('sliderOf(parameter) with a logarithmic scale goes by powers of ten, and a value has three digits', () => {
    const slider = sliderOf({ ...number, scale: 'log' })!;
    expect(slider).toMatchObject({ min: -4, max: 1, step: 0.02 });
    expect([-4, -1, -0.98, 1, 9].map(slider.valueAt)).toEqual([1e-4, 0.1, 0.105, 10, 10]);
    expect(slider.positionOf(0.01)).toBe(-2);
  });

  it('sliderOf(parameter) gives every value of a logarithmic slider back within its digits, and never one out of range', () => {
    const slider = sliderOf({ ...number, scale: 'log' })!;
    fc.assert(
      fc.property(fc.double({ min: -5, max: 2, noNaN: true }), (position) => {
        const value = slider.valueAt(position);
        expect(value).toBeGreaterThanOrEqual(number.min);
        expect(value).toBeLessThanOrEqual(number.max);
        // Three digits: a change of at most 0.5 %.
        expect(Math.abs(slider.positionOf(value) - Math.min(1, Math.max(-4, position)))).toBeLessThan(0.0022);
      }),
    );
  });

  it('sliderOf(parameter) of integers with a logarithmic scale has ten factors from a power of ten to the next, rounded', () => {
    const slider = sliderOf({ kind: 'integer', label: 'Examples', min: 10, max: 1000, initial: 50, scale: 'log' })!;
    expect(slider).toMatchObject({ min: 1, max: 3, step: 0.1 });
    expect([1, 1.3, 1.7, 2, 2.5, 3, 9].map(slider.valueAt)).toEqual([10, 20, 50, 100, 316, 1000, 1000]);
  });

  it('sliderOf(parameter) is none for what has more than 1000 places or is no number', () => {
    expect(sliderOf({ kind: 'integer', label: 'Seed', min: 0, max: 1001, initial: 0 })).toBeUndefined();
    expect(sliderOf({ ...number, min: 0, max: 1, step: 0.0001 })).toBeUndefined();
    expect(sliderOf({ kind: 'flag', label: 'Train', initial: false })).toBeUndefined();
  });
});
