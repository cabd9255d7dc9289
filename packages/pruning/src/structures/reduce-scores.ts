/** How the scores of a group's entries become the score of the group. */
export type Reduce = 'mean' | 'l1' | 'l2' | 'max';

/** The reductions by name. */
export const REDUCTIONS: readonly Reduce[] = ['mean', 'l1', 'l2', 'max'];

/** The scores of one weight and the groups of its entries. */
export interface Scored {
  scores: Float32Array;
  of: Int32Array;
}

/**
 * The score of each group: the mean of its entries' scores, the sum of their magnitudes (`l1`), the root of the sum of their
 * squares (`l2`), or the largest. Sums are in float64.
 *
 * @param scored - the entries' scores; groups below 0 do not count
 * @param groups - how many groups there are
 * @param reduce - which
 * @returns a score for each group, rounded to float32; 0 for one without an entry
 */
export function reduceScores(scored: readonly Scored[], groups: number, reduce: Reduce): Float32Array {
  const sums = new Float64Array(groups).fill(reduce === 'max' ? Number.NEGATIVE_INFINITY : 0);
  const counts = new Float64Array(groups);
  for (const { scores, of } of scored)
    for (let i = 0; i < of.length; i++) {
      const group = of[i]!;
      if (group < 0) continue;
      const score = scores[i]!;
      counts[group]!++;
      if (reduce === 'max') sums[group] = Math.max(sums[group]!, score);
      else if (reduce === 'mean') sums[group]! += score;
      else sums[group]! += reduce === 'l1' ? Math.abs(score) : score * score;
    }
  const result = new Float32Array(groups);
  for (let g = 0; g < groups; g++) {
    if (counts[g] === 0) continue;
    if (reduce === 'mean') result[g] = sums[g]! / counts[g]!;
    else result[g] = reduce === 'l2' ? Math.sqrt(sums[g]!) : sums[g]!;
  }
  return result;
}
