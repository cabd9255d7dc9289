import { magnitudeMask } from '@weightkit/numerics';

/** Sets all entries to 0 but the largest in magnitude, `keep` of them as a share; of equals the first stay. */
export function trim(values: Float32Array, keep: number): Float32Array {
  const mask = magnitudeMask(values, Math.round(keep * values.length));
  return values.map((value, i) => value * mask[i]!);
}

/**
 * What trimmed vectors agree on: an entry has the sign of their sum, and is the mean of those that have this sign; 0 where the sum is 0 (TIES,
 * "elect" and "disjoint merge"; Yadav et al. 2023, https://arxiv.org/abs/2306.01708).
 *
 * @param weights - what each is multiplied by before
 */
export function electedMean(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  return Float32Array.from(vectors[0]!, (_, k) => {
    const entries = vectors.map((values, i) => weights[i]! * values[k]!);
    const sign = Math.sign(entries.reduce((sum, entry) => sum + entry, 0));
    const elected = sign === 0 ? [] : entries.filter((entry) => Math.sign(entry) === sign);
    return elected.length === 0 ? 0 : elected.reduce((sum, entry) => sum + entry, 0) / elected.length;
  });
}
