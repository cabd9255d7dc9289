import type { Weight } from '@weightkit/core';
import { checkNumber, checkType } from '@weightkit/numerics/check';
import { type Effect, effectBetween, type Observed, observe } from './effect.ts';
import { tailOf } from './graph-tail.ts';
import { type Cost, type ParetoPoint, paretoChoices } from './pareto-choices.ts';
import type { ProbeSet } from './probes.ts';
import type { Runnable } from './runnable.ts';
import { withValues } from './with-values.ts';

/** Codes that a weight could have. */
export interface Candidate<C> {
  /** What they are. */
  choice: C;
  /** What they decode to. */
  decoded: Float32Array;
  /** Bytes that they take. */
  bytes: number;
}

/** A weight, and the codes that it could have, from the finest to the coarsest. */
export interface Candidates<C> {
  path: string;
  /** Bytes in float32. */
  bytes: number;
  options: readonly Candidate<C>[];
}

/** What must hold: a share of top classes and, for numbers, that share of their length; or a size. */
export type Goal = { agree: number } | { bytes: number };

/** The goal that two options name, of which one may be there; to keep 99 % without both. */
export function checkGoal(
  fn: string,
  { agree, bytes }: { agree?: number | undefined; bytes?: number | undefined },
): Goal {
  const one = agree === undefined || bytes === undefined;
  checkType(one, `${fn}: options must have agree or bytes, not both`, { agree, bytes });
  if (bytes === undefined) {
    const share = agree === undefined ? 0.99 : agree;
    checkNumber(`${fn}: agree must be in 0..1`, share, (x) => x >= 0 && x <= 1);
    return { agree: share };
  }
  checkNumber(`${fn}: bytes must be a positive integer`, bytes, (x) => Number.isInteger(x) && x > 0);
  return { bytes };
}

/** Probes that single weights are tried on at most, and how often one is run for all of them; the whole is tried on all. */
const TRIED = 32;
const RUNS = 1024;

/** Called after each weight that was tried, with how many are done. */
type OnTried = (path: string, done: number) => Promise<void>;

/** What a weight's codes do to the outputs when it alone has them. */
export interface Sensitivity<C> {
  path: string;
  /** Float32 first, which changes nothing. */
  tried: { option: Candidate<C> | null; bytes: number; effect: Effect | null }[];
}

/** What a choice for one weight costs; null leaves it as it is. */
export interface Priced<C> extends Cost {
  option: Candidate<C> | null;
}

/** The change of all outputs, each by its length, squared and added. */
export const changeOf = ({ outputs }: Effect): number => outputs.reduce((sum, { relative }) => sum + relative ** 2, 0);

/** Whether classes stay, and numbers change no more than the share of classes that may move. */
const keeps = ({ outputs }: Effect, agree: number): boolean =>
  outputs.every(({ relative, classes }) => (classes ? classes.share >= agree : relative <= 1 - agree));

/**
 * Chooses codes for each weight by what they do to the outputs. Each weight is rounded alone to each of its codes and the change
 * of outputs is measured on some probes, squared, as of errors that do not know of each other. {@link chosenByEffect} then chooses.
 *
 * @returns the choice by path; weights without one stay as they are; and what was measured
 */
export async function bitsByEffect<C>(
  fn: string,
  model: Runnable,
  weights: readonly Weight[],
  candidates: readonly Candidates<C>[],
  goal: Goal & { fixedBytes: number; onTried?: OnTried | undefined },
  probes: ProbeSet,
  before: Observed,
): Promise<{ chosen: Map<string, Candidate<C>>; sensitivity: Sensitivity<C>[] }> {
  const sensitivity = await sensitivities(model, weights, candidates, probes, goal.onTried);
  const priced = sensitivity.map(({ path, tried }) => ({
    path,
    tried: tried.map(({ option, bytes, effect }) => ({ option, bytes, change: effect ? changeOf(effect) : 0 })),
  }));
  return { chosen: await chosenByEffect(fn, model, weights, priced, goal, probes, before), sensitivity };
}

/**
 * Chooses for each weight among what was tried with it: {@link paretoChoices} has for each size the least sum of changes; the largest
 * within `bytes` is taken, or the smallest that keeps `agree` on all probes, found by bisection.
 *
 * @returns the choice by path; weights without one stay as they are
 * @throws RangeError with `least`, the bytes that it takes at least, where the goal has fewer
 */
export async function chosenByEffect<C>(
  fn: string,
  model: Runnable,
  weights: readonly Weight[],
  priced: readonly { path: string; tried: readonly Priced<C>[] }[],
  goal: Goal & { fixedBytes: number },
  probes: ProbeSet,
  before: Observed,
): Promise<Map<string, Candidate<C>>> {
  const points = paretoChoices(priced.map(({ tried }) => tried.map(finite)));
  const taken = ({ picks }: ParetoPoint): Map<string, Candidate<C>> => {
    const chosen = new Map<string, Candidate<C>>();
    for (const [w, pick] of picks().entries()) {
      const { path, tried } = priced[w]!;
      const { option } = tried[pick]!;
      if (option) chosen.set(path, option);
    }
    return chosen;
  };
  if ('bytes' in goal) {
    const least = goal.fixedBytes + points[0]!.bytes;
    if (least > goal.bytes) {
      const error = new RangeError(`${fn}: bytes must be ${least} or more for this model, got ${goal.bytes}`);
      throw Object.assign(error, { least });
    }
    return taken(points.filter(({ bytes }) => goal.fixedBytes + bytes <= goal.bytes).at(-1)!);
  }
  const good = async (chosen: ReadonlyMap<string, Candidate<C>>): Promise<boolean> => {
    const values = new Map([...chosen].map(([path, { decoded }]) => [path, decoded]));
    const after = await withValues(weights, values, () => observe(model, probes));
    return keeps(effectBetween({ ...before, layers: [] }, after, probes), goal.agree);
  };
  let best = taken(points[0]!);
  if (await good(best)) return best;
  // Of low it is known that it does not keep the outputs; of high, where nothing is rounded at first, that it does.
  let [low, high] = [0, points.length];
  best = new Map();
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const chosen = taken(points[middle]!);
    if (await good(chosen)) [high, best] = [middle, chosen];
    else low = middle;
  }
  return best;
}

/** Changes beyond float64 can be added, and are still beyond all others. */
const finite = ({ bytes, change }: Cost): Cost => ({ bytes, change: Math.min(change, 1e300) });

/** Tries values of weights on some probes, one weight at a time. */
export interface Trials {
  /** How many probes. */
  count: number;
  /** Weights in the order in which trying them takes the least time. */
  inOrder<T extends { path: string }>(weights: readonly T[]): T[];
  /** The effect of other values of a weight. */
  effectOf(path: string, values: Float32Array): Promise<Effect>;
  dispose(): void;
}

/**
 * Sets up {@link Trials} with what the model says now.
 *
 * @param tries - how many there will be: above 32 of them there are fewer probes for each
 */
export async function trialsOf(
  model: Runnable,
  weights: readonly Weight[],
  probes: ProbeSet,
  tries = 1,
): Promise<Trials> {
  const most = Math.max(1, Math.min(TRIED, probes.count, Math.floor(RUNS / Math.max(1, tries))));
  const count = Math.min(probes.count, Math.ceil(most / probes.batchSize) * probes.batchSize);
  const tail = await tailOf(model, probes, most);
  return {
    count,
    inOrder: (some) => [...some].sort((a, b) => tail.placeOf(a.path) - tail.placeOf(b.path)),
    async effectOf(path, values) {
      await tail.reach(path);
      const after = await withValues(weights, new Map([[path, values]]), () => tail.observe());
      return effectBetween(tail.before, after, { ...probes, count });
    },
    dispose: () => tail.dispose(),
  };
}

/** What each weight does to the outputs with each of its codes. */
async function sensitivities<C>(
  model: Runnable,
  weights: readonly Weight[],
  candidates: readonly Candidates<C>[],
  probes: ProbeSet,
  onTried: OnTried | undefined,
): Promise<Sensitivity<C>[]> {
  const tries = candidates.reduce((sum, { options }) => sum + options.length, 0);
  const trials = await trialsOf(model, weights, probes, tries);
  const found = new Map<string, Sensitivity<C>>();
  try {
    for (const { path, bytes, options } of trials.inOrder(candidates)) {
      const tried: Sensitivity<C>['tried'] = [{ option: null, bytes, effect: null }];
      for (const option of options)
        tried.push({ option, bytes: option.bytes, effect: await trials.effectOf(path, option.decoded) });
      found.set(path, { path, tried });
      await onTried?.(path, found.size);
    }
  } finally {
    trials.dispose();
  }
  return candidates.map(({ path }) => found.get(path)!);
}
