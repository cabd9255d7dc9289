import { describe, expect, it } from 'vitest';
import { describeOdd, oddKinds, readValue, readValues } from '../../src/marks/values.ts';

describe('readValue(fn, where, raw)', () => {
  it('reads numbers as they are, the texts of JSON as the numbers they stand for, and null and undefined as missing', () => {
    for (const value of [0, -0, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY])
      expect(readValue('f', 'y', value)).toBe(value);
    for (const text of ['NaN', 'Infinity', '-Infinity']) expect(readValue('f', 'y', text)).toBe(Number(text));
    for (const missing of [null, undefined]) expect(readValue('f', 'y', missing)).toBeNull();
  });

  it.each(['', '1', 'toString', '+Infinity', true, 1n, Symbol('s'), [], {}, () => 1])('rejects %o', (raw) => {
    expect(() => readValue('f', 'y[2]', raw)).toThrow(TypeError);
    expect(() => readValue('f', 'y[2]', raw)).toThrow(/^f: y\[2\] must be a number, 'NaN', .* or null, got /);
  });
});

describe('readValues(fn, name, raw)', () => {
  it('reads holes as missing, and typed arrays', () => {
    // biome-ignore lint/suspicious/noSparseArray: this is what is tested
    expect(readValues('f', 'y', [1, , 3])).toEqual([1, null, 3]);
    expect(readValues('f', 'y', Float32Array.of(0.5, Number.NaN))).toEqual([0.5, Number.NaN]);
    expect(() => readValues('f', 'y', BigInt64Array.of(1n))).toThrow(/y\[0\] must be a number/);
  });
});

describe('describeOdd(values)', () => {
  it('counts what is not finite, by kind, and what is missing; nothing when all can be drawn', () => {
    const values = [1, Number.NaN, null, undefined, Infinity, -Infinity, -Infinity, null];
    expect(describeOdd(values)).toBe('4 not finite (1 NaN, 1 Infinity, 2 −Infinity), 2 missing');
    expect(oddKinds(values).map(({ count }) => count)).toEqual([1, 1, 2, 2]);
    expect(describeOdd([null])).toBe('1 missing');
    expect(describeOdd([0, 5e-324])).toBe('');
  });
});
