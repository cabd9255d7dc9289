import { USED } from './search-front.ts';

/** How many groups of each layer go, and what the model costs then. */
export interface Filled {
  zeros: readonly number[];
  cost: number;
}

const givenBack = (zeros: readonly number[], layer: number, count: number): number[] =>
  zeros.map((n, i) => (i === layer ? n - count : n));

/**
 * Gives groups back to layers until 98 % of a budget are used: large ones first, then smaller ones into what they leave.
 *
 * @param start - what keeps to the budget
 * @param step - how many groups of a layer are given back at least
 * @param measure - the cost without so many groups of each layer; NaN where that is impossible
 * @returns what keeps to the budget and costs no less than the start
 */
export async function fillUp(
  start: Filled,
  budget: number,
  step: number,
  measure: (zeros: readonly number[]) => Promise<number>,
): Promise<Filled> {
  let best = start;
  const isDone = (): boolean => best.cost >= USED * budget;
  if (isDone()) return best;
  const prices: { layer: number; price: number }[] = [];
  for (const [layer, count] of start.zeros.entries())
    if (count >= step) {
      const price = (await measure(givenBack(start.zeros, layer, step))) - start.cost;
      if (price > 0) prices.push({ layer, price });
    }
  for (const { layer, price } of prices.sort((a, b) => b.price - a.price)) {
    const fits = Math.floor((budget - best.cost) / price);
    for (let n = Math.min(fits, Math.floor(best.zeros[layer]! / step)); n >= 1; n = n >> 1) {
      const zeros = givenBack(best.zeros, layer, n * step);
      const cost = await measure(zeros);
      if (cost <= budget && cost > best.cost) {
        best = { zeros, cost };
        break;
      }
    }
    if (isDone()) return best;
  }
  return best;
}
