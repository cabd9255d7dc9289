import { describe, expect, it } from 'vitest';
import { formatBytes, formatNumber } from '../../src/marks/format.ts';

describe('formatNumber(value, digits)', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1 / 3, '0.333'],
    [-1.5, '−1.5'],
    [1234, '1234'],
    [12_345, '12,345'],
    [-1_234_567, '−1,234,567'],
    [1234.5, '1230'],
    [0.0001, '0.0001'],
    [0.00009999999, '0.0001'],
    [0.00001, '1e−5'],
    [-2.5e-8, '−2.5e−8'],
    [3.14159e12, '3.14e12'],
    [123_456.7, '123,000'],
    [Number.MAX_VALUE, '1.8e308'],
    [-Number.MAX_VALUE, '−1.8e308'],
    [Number.MIN_VALUE, '5e−324'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '−Infinity'],
  ])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('keeps as many significant digits as asked', () => {
    expect(formatNumber(0.123456789, 6)).toBe('0.123457');
  });
});

describe('formatBytes(bytes)', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [1_234_567, '1.23 MB'],
    [5e12, '5 TB'],
    [5e16, '50000 TB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
