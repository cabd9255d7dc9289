import { describe, expect, it } from 'vitest';
import { plain, plainNumbers } from '../src/watch-history.ts';

describe('plainNumbers', () => {
  it('plainNumbers(object) has null for NaN and infinity and keeps 0', () => {
    expect(plainNumbers({ a: 0, b: Number.NaN, c: Number.NEGATIVE_INFINITY, d: 1.5 })).toEqual({
      a: 0,
      b: null,
      c: null,
      d: 1.5,
    });
    expect(plain(Number.POSITIVE_INFINITY)).toBeNull();
  });
});
