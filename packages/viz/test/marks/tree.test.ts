import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { node, round } from '../../src/marks/tree.ts';

describe('node(name, attributes, ...children)', () => {
  it('leaves out what is undefined and keeps 0', () => {
    expect(node('g', { x: 0, y: undefined })).toEqual({ name: 'g', attributes: { x: '0' }, children: [] });
  });

  it('rounds numbers, and leaves texts alone', () => {
    const { attributes } = node('g', { x: 1.23456, width: 1 / 3, d: 'M0.123456,0' });
    expect(attributes).toEqual({ x: '1.23', width: '0.33', d: 'M0.123456,0' });
  });
});

describe('round(value)', () => {
  it.each([
    [1.234, '1.23'],
    [-0.001, '0'],
    [-0, '0'],
    [2.675, '2.68'],
    [0.125, '0.13'],
    [1e-7, '0'],
    [1000, '1000'],
  ])('writes %d as %s', (value, text) => {
    expect(String(round(value))).toBe(text);
  });

  it('moves no length of a drawing by more than half a hundredth, has two decimals, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (value) => {
        const once = round(value);
        // 1e4 * 100 has a unit in the last place of 1.2e-10, a hundredth of which the product may be off
        expect(Math.abs(once - value)).toBeLessThanOrEqual(0.005 + 1e-11);
        expect(String(once)).toMatch(/^-?\d+(\.\d{1,2})?$/);
        expect(round(once)).toBe(once);
      }),
    );
  });
});
