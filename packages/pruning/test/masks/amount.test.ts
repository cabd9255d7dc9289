import { describe, expect, it } from 'vitest';
import { type Amount, checkAmount, zerosAmong } from '../../src/masks/amount.ts';

describe('checkAmount', () => {
  it.each([0, 0.5, 1 - 2 ** -53])('checkAmount accepts sparsity %d', (sparsity) => {
    expect(checkAmount('f', { sparsity })).toBeUndefined();
  });

  it.each([1, 1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY])('checkAmount refuses sparsity %d', (sparsity) => {
    expect(() => checkAmount('f', { sparsity })).toThrow(
      new RangeError(`f: sparsity must be in [0, 1), got ${sparsity}`),
    );
  });

  it.each([-1, 1.5, Number.NaN])('checkAmount refuses count %d', (count) => {
    expect(() => checkAmount('f', { count })).toThrow(
      new RangeError(`f: count must be an integer, 0 or more, got ${count}`),
    );
  });

  it('checkAmount refuses a sparsity that is no number', () => {
    expect(() => checkAmount('f', { sparsity: '0.5' } as unknown as Amount)).toThrow('f: sparsity must be in [0, 1)');
  });

  it('checkAmount refuses both and neither of sparsity and count, in types too', () => {
    const rule = 'f: amount must have exactly one of sparsity and count';
    // @ts-expect-error both
    expect(() => checkAmount('f', { sparsity: 0.5, count: 2 })).toThrow(
      new TypeError(`${rule}, got ["sparsity", "count"]`),
    );
    // @ts-expect-error neither
    expect(() => checkAmount('f', {})).toThrow(new TypeError(`${rule}, got []`));
    expect(() => checkAmount('f', 0.5 as unknown as Amount)).toThrow(TypeError);
  });
});

describe('zerosAmong', () => {
  it.each([
    [0.5, 5, 2],
    [0.5, 7, 4],
    [0.5, 3, 2],
    [0.5, 1, 0],
    [0.3, 10, 3],
    [0.99, 10, 10],
    [0, 10, 0],
  ])('zerosAmong(sparsity %d, n %d) rounds half to even: %d', (sparsity, n, zeros) => {
    expect(zerosAmong('f', { sparsity }, n, 'w')).toBe(zeros);
  });

  it('zerosAmong takes a count up to n and no further', () => {
    expect(zerosAmong('f', { count: 4 }, 4, 'w')).toBe(4);
    expect(() => zerosAmong('f', { count: 5 }, 4, 'a/kernel')).toThrow(
      new RangeError('f: count must be at most 4, the number of entries of a/kernel, got 5'),
    );
  });
});
