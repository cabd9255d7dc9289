import { describe, expect, it } from 'vitest';
import { firstPossible, meetCost } from '../../src/budget/search-front.ts';

describe('firstPossible', () => {
  it.each([
    [1, 0],
    [2, 0],
    [2, 1],
    [9, 5],
    [2048, 1],
    [2048, 2047],
  ])('of %i points finds the first, %i, in a logarithm of tries', async (count, first) => {
    let tries = 0;
    const found = await firstPossible(count, async (point) => {
      tries++;
      return point >= first;
    });
    expect(found).toBe(first);
    expect(tries).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(count)));
  });
});

describe('meetCost', () => {
  it('goes round places that are impossible', async () => {
    const expected = [0, 25, 50, 75, 100];
    const measured = async (t: number) => (t > 1.9 && t < 2.1 ? Number.NaN : 25 * t);
    const { t, value } = await meetCost(expected, 50, measured);
    expect(value).toBe(25 * t);
    expect(value).toBeLessThanOrEqual(50);
    // 47.5 is the last possible one.
    expect(value).toBeGreaterThan(40);
  });
});
