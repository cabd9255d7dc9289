import { describe, expect, it } from 'vitest';
import { fillUp } from '../../src/budget/fill-up.ts';

/** A model of layers whose groups cost so much each. */
const costOf = (prices: readonly number[], kept: number) => async (zeros: readonly number[]) =>
  kept - zeros.reduce((sum, n, i) => sum + n * prices[i]!, 0);

describe('fillUp', () => {
  it('fills what large groups leave with smaller ones', async () => {
    const measure = costOf([70, 20, 3], 2000);
    const zeros = [5, 10, 30];
    const start = { zeros, cost: await measure(zeros) };
    // 2000 - 350 - 200 - 90 = 1360; 65 are left: three of 20, one of 3.
    expect(await fillUp(start, 1425, 1, measure)).toEqual({ zeros: [5, 7, 30], cost: 1420 });
    // 135 are left: one of 70, three of 20, one of 3; 98 % are used before the last.
    expect(await fillUp(start, 1495, 1, measure)).toEqual({ zeros: [4, 7, 30], cost: 1490 });
  });

  it('gives back multiples, and no more than went', async () => {
    const measure = costOf([10, 1], 1000);
    const start = { zeros: [6, 8], cost: await measure([6, 8]) };
    expect(await fillUp(start, 1000, 4, measure)).toEqual({ zeros: [2, 0], cost: 980 });
  });

  it('leaves what uses 98 %, and goes round what is impossible', async () => {
    const measure = costOf([1], 100);
    expect(await fillUp({ zeros: [1], cost: 99 }, 100, 1, measure)).toEqual({ zeros: [1], cost: 99 });
    const never = async () => Number.NaN;
    expect(await fillUp({ zeros: [50], cost: 50 }, 100, 1, never)).toEqual({ zeros: [50], cost: 50 });
  });

  it('takes fewer back where the first price misleads', async () => {
    // The second group of a layer costs more than the first.
    const measure = async ([n]: readonly number[]) => 100 - [0, 30, 60, 70, 75][n!]!;
    // 25 is what four zeros leave; a step costs 5 at first, so that all four seem to fit.
    expect(await fillUp({ zeros: [4], cost: 25 }, 60, 1, measure)).toEqual({ zeros: [2], cost: 40 });
  });
});
