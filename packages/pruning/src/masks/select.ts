import type * as tf from '@tensorflow/tfjs-core';
import { checkFinite } from '@weightkit/numerics/check';
import { type Score, scoreAll } from '../scores/score.ts';
import { expand } from '../structures/group-set.ts';
import { layerAxes } from '../structures/layer-axes.ts';
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
  /** How many of m neighbors go, of each weight of `{ n, m }`; empty for other structures. */
  ofM: number[];
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

/** The score of a plan, told the axes of outputs too. */
function informed({ score, weights }: Plan): Score {
  const axes = new Map(weights.map((weight) => [weight.path, layerAxes(weight)?.output]));
  return (w, context) => {
    const outputAxes = axes.get(context.path);
    return score(w, outputAxes ? { ...context, outputAxes } : context);
  };
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
  const scores = await scoreAll(fn, scored!, informed(plan));
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

/** Where the bits are 0, what ranks below all others. */
function without(scores: Float32Array, bits: Uint8Array | undefined): Float32Array {
  if (bits) for (let i = 0; i < scores.length; i++) if (bits[i] === 0) scores[i] = Number.NEGATIVE_INFINITY;
  return scores;
}

function neighborMasks(
  plan: Plan,
  scores: Scores,
  ofM: readonly number[],
  gone: readonly Uint8Array[] | undefined,
): Uint8Array[] {
  const { m } = plan.structure as NOfMStructure;
  return plan.neighbors.map(({ weight: { path, shape }, axis }, i) =>
    nOfM(without(scores.get(path)!, gone?.[i]), shape, axis, { n: m - ofM[i]!, m }),
  );
}

/**
 * Chooses groups by scores.
 *
 * @param zeros - how many groups go of each set, or in all; how many of m neighbors of each weight for `{ n, m }`
 * @param gone - what ranks below all others: the groups that are 0 now, of each set; for `{ n, m }` the entries of each weight
 */
export function select(
  fn: string,
  plan: Plan,
  scores: Scores,
  zeros: readonly number[] | number,
  gone?: readonly Uint8Array[],
): Selection {
  if (plan.neighbors.length > 0) {
    const ofM = [...(zeros as readonly number[])];
    return { kept: [], bits: neighborMasks(plan, scores, ofM, gone), ofM };
  }
  const ranked = groupScores(fn, plan, scores);
  if (gone) for (const [s, set] of ranked.entries()) without(set, gone[s]);
  const { scope, multipleOf } = plan;
  const keepsOne = plan.sets.some((set) => set.keepsOne);
  const lines = plan.sets.map((set) => set.lines);
  const kept = chooseGroups(fn, ranked, zeros, { scope, keepsOne, multipleOf, lines });
  return { kept, bits: expand(plan.sets, kept, plan.weights, sizeOf), ofM: [] };
}
