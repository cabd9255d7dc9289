/** How many of some weights are other than 0. */
export const withoutZeros = (weights: ArrayLike<number>): number => {
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) count++;
  return count;
};

/** Bits that codes need at least where they are coded one by one, all together: each log2 of how rare it is. */
export function entropyOf(counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => (count === 0 ? sum : sum + count * Math.log2(all / count)), 0);
}
