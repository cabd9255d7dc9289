import type { GroupMap } from '../structures/block-groups.ts';
import { chooseByLine, chooseMasks, type Scope } from './choose-masks.ts';
import { lampZeros } from './lamp.ts';

/** The rules by which groups are chosen. */
export interface GroupRule {
  scope: Scope;
  /** Whether at least one group of each set stays. */
  keepsOne: boolean;
  /** What the number of kept groups of a set is a multiple of. */
  multipleOf: number;
  /** For the scope of outputs the outputs of each set's entries. */
  lines?: readonly (GroupMap | undefined)[];
}

/** The number of zeros that leaves a multiple of something, or all; never more zeros than asked for. */
export function roundedZeros(zeros: number, groups: number, multipleOf: number): number {
  const kept = Math.ceil((groups - zeros) / multipleOf) * multipleOf;
  return groups - Math.min(groups, kept);
}

const zerosIn = (bits: Uint8Array): number => bits.length - bits.reduce((sum, bit) => sum + bit, 0);

/** Puts the best of each set above all others. */
function crowned(scores: readonly Float32Array[]): Float32Array[] {
  return scores.map((set) => {
    let best = 0;
    for (let i = 1; i < set.length; i++) if (set[i]! > set[best]!) best = i;
    const copy = set.slice();
    if (copy.length > 0) copy[best] = Number.POSITIVE_INFINITY;
    return copy;
  });
}

/** How many go of each set when all are compared. */
function zerosOfSets(
  fn: string,
  scores: readonly Float32Array[],
  zeros: number,
  { scope, keepsOne }: GroupRule,
): number[] {
  // The largest of a layer has the LAMP score 1, which none exceeds: it stays by itself.
  if (scope === 'lamp') return lampZeros(fn, scores, zeros);
  return chooseMasks(keepsOne ? crowned(scores) : scores, zeros).map(zerosIn);
}

/**
 * Which groups are kept: a 0 for each that goes. Counts are exact but for what `multipleOf` gives back.
 *
 * @param fn - the function that was called, for messages
 * @param scores - of the groups of each set
 * @param zeros - how many go of each set, or in all
 */
export function chooseGroups(
  fn: string,
  scores: readonly Float32Array[],
  zeros: readonly number[] | number,
  rule: GroupRule,
): Uint8Array[] {
  if (typeof zeros === 'number' && rule.scope === 'global' && rule.multipleOf === 1 && !rule.keepsOne)
    return chooseMasks(scores, zeros);
  const each = typeof zeros === 'number' ? zerosOfSets(fn, scores, zeros, rule) : zeros;
  if (rule.scope === 'output')
    return scores.map((set, i) => {
      const line = rule.lines![i]!;
      return chooseByLine(set, line, line.groups === 0 ? 0 : each[i]! / line.groups);
    });
  return chooseMasks(
    scores,
    each.map((z, i) => roundedZeros(z, scores[i]!.length, rule.multipleOf)),
  );
}
