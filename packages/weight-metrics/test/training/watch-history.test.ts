import { describe, expect, it } from 'vitest';
import { plain, plainNumbers } from '../../src/training/watch-history.ts';

describe('plainNumbers', () => {
  it('plainNumbers(object) has texts for NaN and infinity, which JSON turns to null, and keeps the rest', () => {
    const numbers = { a: 0, b: Number.NaN, c: Number.NEGATIVE_INFINITY, d: 1.5, e: Number.POSITIVE_INFINITY };
    const kept = plainNumbers(numbers);
    expect(kept).toEqual({ a: 0, b: 'NaN', c: '-Infinity', d: 1.5, e: 'Infinity' });
    expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
    for (const [name, value] of Object.entries(kept)) expect(Number(value)).toBe(numbers[name as keyof typeof numbers]);
  });

  it('plain(value) compares like the number in JavaScript', () => {
    const compare = (value: number) => plain(value) as number;
    expect([compare(Number.NaN) < 1, compare(Number.NaN) >= 1]).toEqual([false, false]);
    expect(compare(Number.POSITIVE_INFINITY) > 1e300).toBe(true);
    expect(compare(Number.NEGATIVE_INFINITY) < -1e300).toBe(true);
  });
});
