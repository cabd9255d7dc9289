import { type WeightSource, weightsOf } from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { isReal, numbersOf, type Values } from '../values/read-values.ts';
import { addChange, measuresOf, noChange, type WeightChange } from './change.ts';
import { type Match, matchWeights } from './match-weights.ts';
import { borrowPlaces, builtAlike, readSide, type Side, type SideWeight, sideOfValues } from './side.ts';
import { type Snapshot, sideOfSnapshot } from './snapshot.ts';

/** One side of {@link compare}. */
export type CompareSource = WeightSource | Snapshot;

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

async function sideOf(name: string, source: CompareSource): Promise<Side> {
  if (source instanceof Map) {
    const known = sideOfSnapshot(source);
    if (known) return known;
    checkRange(source.size > 0, `compare: ${name} must hold a weight`, source);
    for (const [path, values] of source)
      checkType(
        typeof path === 'string' &&
          [Float32Array, Float64Array, Int32Array, Uint8Array].some((type) => values instanceof type),
        `compare: ${name} must map paths to Float32Arrays, as a snapshot does`,
        values,
      );
    return sideOfValues(source as Snapshot);
  }
  const weights = weightsOf(source as WeightSource, undefined, 'compare');
  return readSide(weights, weights);
}

function mismatch(before: SideWeight, after: SideWeight): string | null {
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

function deltaOf(match: Match<SideWeight>): WeightDelta {
  if ('alone' in match) return { path: match.alone.path, matched: false, reason: match.reason };
  const { before, after } = match;
  const reason = mismatch(before, after);
  if (reason !== null) return { path: before.path, matched: false, reason };
  const [b, a] = [before, after].map(({ entries }) => numbersOf(entries as Float32Array)) as [Values, Values];
  return { path: before.path, pathAfter: after.path, matched: true, ...measuresOf(addChange(noChange(), b, a)) };
}

/**
 * How far each weight went between two models, or between snapshots of them; int32 and bool weights too, everything in float64.
 * What has no partner, another shape, or entries that are no real numbers is in the list as well, with the reason. NaN and
 * infinity are counted for each weight and left out. A map of values that is no {@link snapshot} knows numbers of entries, not
 * shapes.
 *
 * Weights are matched by path. Names that tfjs made up (`dense_Dense3`) count by their place, so that two models of one
 * architecture match, however often it was built; where architectures differ and such a name stands at another place on the
 * other side, the weight is reported as ambiguous.
 *
 * @example
 * const before = await snapshot(model);
 * await model.fit(x, y);
 * const [kernel] = await compare(before, model);
 * console.log(kernel.path, kernel.matched && kernel.relative > 0); // -> dense1/kernel true
 *
 * @param before - a model, variables, or a snapshot
 * @param after - the same
 * @returns one entry per path, in the order of `before`, then what only `after` has
 * @throws TypeError for another source
 */
export async function compare(before: CompareSource, after: CompareSource): Promise<WeightDelta[]> {
  const sides = [await sideOf('before', before), await sideOf('after', after)] as const;
  const [first, second] = [borrowPlaces(sides[0], sides[1]), borrowPlaces(sides[1], sides[0])];
  return matchWeights(first.weights, second.weights, { alike: builtAlike(first, second) }).map(deltaOf);
}
