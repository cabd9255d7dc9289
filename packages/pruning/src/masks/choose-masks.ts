import { largestMask } from '@weightkit/numerics';

/**
 * What an amount is of, and what scores are compared with: of each layer (`'layer'`); of all together, by one threshold over all
 * scores (`'global'`), by one over LAMP scores, which weigh each layer by itself (`'lamp'`), or shared out by the layers' shapes
 * (`'erk'`).
 */
export type Scope = 'layer' | 'global' | 'erk' | 'lamp';

/** The scopes by name. */
export const SCOPES: readonly Scope[] = ['layer', 'global', 'erk', 'lamp'];

/**
 * The masks that keep the largest scores: a 0 for each pruned entry, a 1 for each kept one. Counts are exact; of equal scores
 * the first in the order of the arrays, and then of the indices, is kept.
 *
 * @param scores - one array for each weight, no NaN
 * @param zeros - the zeros of each weight, or one number for all together, which makes one threshold over all scores
 * @returns one mask for each weight
 */
export function chooseMasks(scores: readonly Float32Array[], zeros: readonly number[] | number): Uint8Array[] {
  if (typeof zeros !== 'number') return scores.map((s, i) => largestMask(s, s.length - zeros[i]!));
  const all = new Float32Array(scores.reduce((sum, s) => sum + s.length, 0));
  let end = 0;
  const ends = scores.map((s) => {
    all.set(s, end);
    end += s.length;
    return end;
  });
  const mask = largestMask(all, all.length - zeros);
  return ends.map((e, i) => mask.slice(e - scores[i]!.length, e));
}
