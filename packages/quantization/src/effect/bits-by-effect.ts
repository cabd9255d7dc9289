import type { Weight } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { type Effect, effectBetween, type Observed, observe } from './effect.ts';
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

/** Probes that single weights are tried on; the whole is tried on all. */
const TRIED = 32;

/** Called after each weight that was tried, with how many are done. */
type OnTried = (path: string, done: number) => Promise<void>;

/** What a weight's codes do to the outputs when it alone has them. */
export interface Sensitivity<C> {
  path: string;
  /** Float32 first, which changes nothing. */
  tried: { option: Candidate<C> | null; bytes: number; effect: Effect | null }[];
}

/** The change of all outputs, each by its length, squared and added. */
const changeOf = ({ outputs }: Effect): number => outputs.reduce((sum, { relative }) => sum + relative ** 2, 0);

/** Whether classes stay, and numbers change no more than the share of classes that may move. */
const keeps = ({ outputs }: Effect, agree: number): boolean =>
  outputs.every(({ relative, classes }) => (classes ? classes.share >= agree : relative <= 1 - agree));

/**
 * Chooses codes for each weight by what they do to the outputs. Each weight is rounded alone to each of its codes and the change
 * of outputs is measured on some probes, squared, as of errors that do not know of each other. {@link paretoChoices} then has for each
 * size the least sum of these: the largest within `bytes` is taken, or the smallest that keeps `agree` on all probes, found by bisection.
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
  const items = sensitivity.map(({ tried }) =>
    tried.map(({ bytes, effect }) => ({ bytes, change: effect ? changeOf(effect) : 0 })),
  );
  const points = paretoChoices(items.map((item) => item.map(finite)));
  const taken = ({ picks }: ParetoPoint): Map<string, Candidate<C>> => {
    const chosen = new Map<string, Candidate<C>>();
    for (const [w, pick] of picks().entries()) {
      const { path, tried } = sensitivity[w]!;
      const { option } = tried[pick]!;
      if (option) chosen.set(path, option);
    }
    return chosen;
  };
  if ('bytes' in goal) {
    const least = goal.fixedBytes + points[0]!.bytes;
    checkRange(least <= goal.bytes, `${fn}: bytes must be ${least} or more for this model`, goal.bytes);
    const best = points.filter(({ bytes }) => goal.fixedBytes + bytes <= goal.bytes).at(-1)!;
    return { chosen: taken(best), sensitivity };
  }
  const good = async (chosen: ReadonlyMap<string, Candidate<C>>): Promise<boolean> => {
    const values = new Map([...chosen].map(([path, { decoded }]) => [path, decoded]));
    const after = await withValues(weights, values, () => observe(model, probes));
    return keeps(effectBetween({ ...before, layers: [] }, after, probes), goal.agree);
  };
  let best = taken(points[0]!);
  if (await good(best)) return { chosen: best, sensitivity };
  // Of low it is known that it does not keep the outputs; of high, where nothing is rounded at first, that it does.
  let [low, high] = [0, points.length];
  best = new Map();
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const chosen = taken(points[middle]!);
    if (await good(chosen)) [high, best] = [middle, chosen];
    else low = middle;
  }
  return { chosen: best, sensitivity };
}

/** Changes beyond float64 can be added, and are still beyond all others. */
const finite = ({ bytes, change }: Cost): Cost => ({ bytes, change: Math.min(change, 1e300) });

/** What each weight does to the outputs with each of its codes. */
async function sensitivities<C>(
  model: Runnable,
  weights: readonly Weight[],
  candidates: readonly Candidates<C>[],
  probes: ProbeSet,
  onTried: OnTried | undefined,
): Promise<Sensitivity<C>[]> {
  const most = { most: Math.min(TRIED, probes.count) };
  const before = await observe(model, probes, most);
  const count = Math.min(probes.count, Math.ceil(most.most / probes.batchSize) * probes.batchSize);
  const found: Sensitivity<C>[] = [];
  for (const { path, bytes, options } of candidates) {
    const tried: Sensitivity<C>['tried'] = [{ option: null, bytes, effect: null }];
    for (const option of options) {
      const after = await withValues(weights, new Map([[path, option.decoded]]), () => observe(model, probes, most));
      tried.push({ option, bytes: option.bytes, effect: effectBetween(before, after, { ...probes, count }) });
    }
    found.push({ path, tried });
    await onTried?.(path, found.length);
  }
  return found;
}
