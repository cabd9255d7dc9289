import type { Checkpoint } from '@weightkit/checkpoint';
import { type WeightSource, weightsOf } from '@weightkit/core';
import { checkType } from '@weightkit/numerics/check';
import { readCheckpoint } from './checkpoint-side.ts';
import { matchShapes } from './match-shapes.ts';
import { type Match, matchWeights } from './match-weights.ts';
import { borrowPlaces, builtAlike, readSide, type Side, type SideWeight, sideOfValues } from './side.ts';
import { checkSnapshot, type Snapshot, sideOfSnapshot } from './snapshot.ts';

/** One side of {@link compare}: a model, variables, a {@link snapshot}, or a checkpoint of `@weightkit/checkpoint`. */
export type CompareSource = WeightSource | Snapshot | Checkpoint;

/** How weights find their partners: by path and place, by path alone, or by shape. */
export type MatchBy = 'place' | 'name' | 'shape';

/** Throws unless a value is a way to match. */
export function checkMatchBy(fn: string, match: MatchBy): void {
  checkType(['place', 'name', 'shape'].includes(match), `${fn}: match must be 'place', 'name' or 'shape'`, match);
}

const isCheckpoint = (source: unknown): source is Checkpoint => {
  const { tensors, format, close } = Object(source) as Partial<Checkpoint>;
  return Array.isArray(tensors) && typeof format === 'string' && typeof close === 'function';
};

async function sideOf(fn: string, name: string, source: CompareSource): Promise<Side> {
  if (source instanceof Map) {
    const known = sideOfSnapshot(source);
    if (known) return known;
    checkSnapshot(fn, name, source);
    return sideOfValues(source);
  }
  if (isCheckpoint(source)) return readCheckpoint(source);
  const weights = weightsOf(source as WeightSource, undefined, fn);
  return readSide(weights, weights);
}

function matchNames(before: readonly SideWeight[], after: readonly SideWeight[]): Match<SideWeight>[] {
  const [first, second] = [
    new Set(before.map(({ path }) => path)),
    new Map(after.map((weight) => [weight.path, weight])),
  ];
  return [
    ...before.map((weight): Match<SideWeight> => {
      const partner = second.get(weight.path);
      return partner ? { before: weight, after: partner } : { alone: weight, reason: 'only before' };
    }),
    ...after.flatMap((alone) => (first.has(alone.path) ? [] : [{ alone, reason: 'only after' }])),
  ];
}

/** The weights of two sources in pairs, then what has no partner. */
export async function pairsOf(
  fn: string,
  before: CompareSource,
  after: CompareSource,
  match: MatchBy,
): Promise<Match<SideWeight>[]> {
  const sides = [await sideOf(fn, 'before', before), await sideOf(fn, 'after', after)] as const;
  if (match === 'name') return matchNames(sides[0].weights, sides[1].weights);
  if (match === 'shape') return matchShapes(sides[0].weights, sides[1].weights);
  const [first, second] = [borrowPlaces(sides[0], sides[1]), borrowPlaces(sides[1], sides[0])];
  return matchWeights(first.weights, second.weights, { alike: builtAlike(first, second) });
}
