import type * as tf from '@tensorflow/tfjs-core';
import { checkFinite } from '@weightkit/numerics/check';
import { scoreAll } from '../scores/score.ts';
import { expand } from '../structures/group-set.ts';
import { nOfM } from '../structures/n-of-m.ts';
import { reduceScores } from '../structures/reduce-scores.ts';
import type { NOfMStructure } from '../structures/structure.ts';
import { chooseGroups } from './choose-groups.ts';
import { type Plan, sizeOf } from './plan.ts';

/** What has a path and a value to read, which the caller disposes. */
interface Source {
  readonly path: string;
  readonly stablePath?: string;
  read(): tf.Tensor;
}

/** Which groups and which entries are kept. */
export interface Selection {
  /** A 0 for each group that goes, of each set. */
  kept: Uint8Array[];
  /** A 0 for each entry that goes, of each weight of the plan. */
  bits: Uint8Array[];
}

/** The scores of the weights that have a say, by path. */
export type Scores = ReadonlyMap<string, Float32Array>;

/** Which weights' scores count. */
function votersOf({ sets, neighbors }: Plan): Set<string> {
  const members = sets.flatMap((set) => set.members.filter(({ votes }) => votes));
  return new Set([...members, ...neighbors].map(({ weight }) => weight.path));
}

/** Refuses NaN and infinity in what goes with others. */
async function checkSilent(fn: string, sources: readonly Source[]): Promise<void> {
  for (const { path, read } of sources) {
    const value = read();
    const values = await value.data().finally(() => value.dispose());
    checkFinite(fn, 'weights', path, values as Float32Array);
  }
}

/**
 * Scores the weights of a plan.
 *
 * @param fn - the function that was called, for messages
 * @param sources - the weights of the plan, in its order
 */
export async function scorePlan(fn: string, plan: Plan, sources: readonly Source[]): Promise<Scores> {
  const voters = votersOf(plan);
  const [scored, silent] = [true, false].map((votes) => sources.filter(({ path }) => voters.has(path) === votes));
  const scores = await scoreAll(fn, scored!, plan.score);
  await checkSilent(fn, silent!);
  return new Map(scored!.map(({ path }, i) => [path, scores[i]!]));
}

/** The scores of the groups of each set. */
function groupScores(fn: string, { sets, reduce }: Plan, scores: Scores): Float32Array[] {
  return sets.map(({ name, groups, members }) => {
    const voters = members.filter(({ votes }) => votes);
    if (voters[0]!.of === null) return scores.get(voters[0]!.weight.path)!;
    const reduced = reduceScores(
      voters.map(({ weight, of }) => ({ scores: scores.get(weight.path)!, of: of! })),
      groups,
      reduce,
    );
    checkFinite(fn, 'scores of groups', name, reduced);
    return reduced;
  });
}

const neighborMasks = (plan: Plan, scores: Scores): Uint8Array[] =>
  plan.neighbors.map(({ weight, axis }) =>
    nOfM(scores.get(weight.path)!, weight.shape, axis, plan.structure as NOfMStructure),
  );

/**
 * Chooses groups by scores.
 *
 * @param zeros - how many groups go of each set, or in all
 * @param gone - what ranks below all others: the groups that are 0 now, of each set
 */
export function select(
  fn: string,
  plan: Plan,
  scores: Scores,
  zeros: readonly number[] | number,
  gone?: readonly Uint8Array[],
): Selection {
  if (plan.neighbors.length > 0) return { kept: [], bits: neighborMasks(plan, scores) };
  const ranked = groupScores(fn, plan, scores);
  if (gone)
    for (const [s, set] of ranked.entries())
      for (let i = 0; i < set.length; i++) if (gone[s]![i] === 0) set[i] = Number.NEGATIVE_INFINITY;
  const { scope, multipleOf } = plan;
  const keepsOne = plan.sets.some((set) => set.keepsOne);
  const kept = chooseGroups(fn, ranked, zeros, { scope, keepsOne, multipleOf });
  return { kept, bits: expand(plan.sets, kept, plan.weights, sizeOf) };
}
