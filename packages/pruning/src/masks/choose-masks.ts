import { largestMask } from '@weightkit/numerics';
import type { GroupMap } from '../structures/block-groups.ts';

/**
 * What an amount is of, and what scores are compared with: of each layer (`'layer'`); of each output of each layer by itself
 * (`'output'`); of all together, by one threshold over all scores (`'global'`), by one over LAMP scores, which weigh each layer by
 * itself (`'lamp'`), or shared out by the layers' shapes (`'erk'`).
 */
export type Scope = 'layer' | 'output' | 'global' | 'erk' | 'lamp';

/** The scopes by name. */
export const SCOPES: readonly Scope[] = ['layer', 'output', 'global', 'erk', 'lamp'];

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

/**
 * The mask that keeps the largest scores of each line: of equal ones those with the lowest indices.
 *
 * @param scores - no NaN
 * @param line - the line of each entry; all lines are of one length
 * @param zeros - how many entries of each line go
 */
export function chooseByLine(scores: Float32Array, line: GroupMap, zeros: number): Uint8Array {
  const mask = new Uint8Array(scores.length);
  if (line.groups === 0 || scores.length === 0) return mask;
  const length = scores.length / line.groups;
  const ends = Int32Array.from({ length: line.groups }, (_, i) => i * length);
  const places = new Int32Array(scores.length);
  for (let i = 0; i < scores.length; i++) places[ends[line.of[i]!]!++] = i;
  const sorted = Float32Array.from(places, (i) => scores[i]!);
  for (let from = 0; from < scores.length; from += length) {
    const bits = largestMask(sorted.subarray(from, from + length), length - zeros);
    for (let k = 0; k < length; k++) mask[places[from + k]!] = bits[k]!;
  }
  return mask;
}
