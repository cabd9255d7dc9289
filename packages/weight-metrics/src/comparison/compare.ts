import { checkOptions } from '@weightkit/numerics/check';
import { isReal, numbersOf, type Values } from '../values/read-values.ts';
import { addChange, measuresOf, noChange, type WeightChange } from './change.ts';
import type { Match } from './match-weights.ts';
import { type CompareSource, checkMatchBy, type MatchBy, pairsOf } from './pairs.ts';
import type { SideWeight } from './side.ts';

/** Options of {@link compare}. */
export interface CompareOptions {
  /**
   * How weights find their partners; see {@link compare}.
   * @defaultValue 'place'
   */
  match?: MatchBy;
}

/** How far a weight went. */
export interface MatchedDelta extends WeightChange {
  /** Path on the side before. */
  path: string;
  /** Path on the side after: another one where tfjs made up the names. */
  pathAfter: string;
  /** Both sides have the weight, with one shape. */
  matched: true;
}

/** A weight that could not be compared. */
export interface UnmatchedDelta {
  /** Path on the side that has it. */
  path: string;
  /** The weight was not compared. */
  matched: false;
  /**
   * Why: `only before`, `only after`, the two shapes or types, `ambiguous` with the names, or how many entries differ of those
   * that are no real numbers.
   */
  reason: string;
}

/** What {@link compare} says about one path; `matched` tells which. */
export type WeightDelta = MatchedDelta | UnmatchedDelta;

function mismatch(before: SideWeight, after: SideWeight): string | null {
  const unread = before.unread ?? after.unread;
  if (unread !== undefined) return unread;
  const known = before.shape !== null && after.shape !== null;
  const same = known ? `${before.shape}` === `${after.shape}` : before.entries.length === after.entries.length;
  if (!same) {
    const show = ({ entries, shape }: SideWeight) => (shape === null ? `${entries.length} entries` : `[${shape}]`);
    return `${show(before)} before, ${show(after)} after`;
  }
  if (isReal(before.dtype) && isReal(after.dtype)) return null;
  if (before.dtype !== after.dtype) return `${before.dtype} before, ${after.dtype} after`;
  const { count, differ } = before.dtype === 'string' ? changedStrings(before, after) : changedPairs(before, after);
  return `${before.dtype} entries are no real numbers: ${differ} of ${count} differ`;
}

function changedStrings({ entries: a }: SideWeight, { entries: b }: SideWeight): { count: number; differ: number } {
  const differ = (a as readonly Uint8Array[]).filter((bytes, i) => `${bytes}` !== `${b[i]}`).length;
  return { count: a.length, differ };
}

/** Real and imaginary parts lie side by side. */
function changedPairs({ entries: a }: SideWeight, { entries: b }: SideWeight): { count: number; differ: number } {
  let differ = 0;
  for (let i = 0; i < a.length; i += 2) if (!Object.is(a[i], b[i]) || !Object.is(a[i + 1], b[i + 1])) differ++;
  return { count: a.length / 2, differ };
}

/** The power of two at which squares of float64 entries stay in range; 1 for what fits anyway. */
function scaleFor(...sides: Values[]): number {
  let largest = 0;
  for (const values of sides)
    if (values instanceof Float64Array)
      for (const value of values)
        if (Math.abs(value) < Number.POSITIVE_INFINITY) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || (largest > 1e-70 && largest < 1e70)) return 1;
  return 2 ** -Math.max(-1022, Math.min(1022, Math.floor(Math.log2(largest))));
}

function deltaOf(match: Match<SideWeight>): WeightDelta {
  if ('alone' in match) return { path: match.alone.path, matched: false, reason: match.reason };
  const { before, after } = match;
  const reason = mismatch(before, after);
  if (reason !== null) return { path: before.path, matched: false, reason };
  const [b, a] = [before, after].map(({ entries }) => numbersOf(entries as Float32Array)) as [Values, Values];
  const sums = addChange(noChange(scaleFor(b, a)), b, a);
  return { path: before.path, pathAfter: after.path, matched: true, ...measuresOf(sums) };
}

/**
 * How far each weight went between two models, snapshots or opened checkpoints; int32 and bool weights too, everything in float64.
 * What has no partner, another shape, or entries that are no real numbers is in the list as well, with the reason. NaN and
 * infinity are counted for each weight and left out. A map of values that is no {@link snapshot} knows numbers of entries, not
 * shapes.
 *
 * Weights are matched by path. Names that tfjs made up (`dense_Dense3`) count by their place, so that two models of one
 * architecture match, however often it was built; where architectures differ and such a name stands at another place on the
 * other side, the weight is reported as ambiguous. With `match: 'name'` paths must be the same, letter by letter. With
 * `match: 'shape'` names do not count: layers are matched whose weights have the same shapes, and among several of the same shapes
 * those whose values, sorted, are the nearest to each other, so that it does not matter in which order their units stand.
 * {@link alignUnits} puts the units in the same order, and {@link differenceRanks} says of what rank differences are.
 *
 * @example
 * const before = await snapshot(model);
 * await model.fit(x, y);
 * const [kernel] = await compare(before, model);
 * console.log(kernel.path, kernel.matched && kernel.relative > 0); // -> dense1/kernel true
 *
 * @param before - a model, variables, a snapshot, or a checkpoint of `openCheckpoint`, whose tensors are read into memory
 * @param after - the same
 * @param options - how weights are matched
 * @returns one entry per path, in the order of `before`, then what only `after` has
 * @throws TypeError for another source, and for bad options
 */
export async function compare(
  before: CompareSource,
  after: CompareSource,
  options: CompareOptions = {},
): Promise<WeightDelta[]> {
  checkOptions('compare', options, ['match']);
  const { match = 'place' } = options;
  checkMatchBy('compare', match);
  return (await pairsOf('compare', before, after, match)).map(deltaOf);
}
