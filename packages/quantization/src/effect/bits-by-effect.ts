import type { Weight } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { type Effect, effectBetween, type Observed, observe } from './effect.ts';
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

interface Step<C> {
  path: string;
  option: Candidate<C>;
  saved: number;
  price: number;
}

/** The change of all outputs, each by its length, squared and added. */
const changeOf = ({ outputs }: Effect): number => outputs.reduce((sum, { relative }) => sum + relative ** 2, 0);

/** Whether classes stay, and numbers change no more than the share of classes that may move. */
const keeps = ({ outputs }: Effect, agree: number): boolean =>
  outputs.every(({ relative, classes }) => (classes ? classes.share >= agree : relative <= 1 - agree));

/**
 * Chooses codes for each weight by what they do to the outputs. Each weight is rounded alone to each of its codes and the change
 * of outputs is measured on some probes; steps to fewer bytes are then taken in the order of change per byte saved: as few
 * as reach `bytes`, or as many as keep `agree` on all probes, found by bisection.
 *
 * @returns the choice by path; weights without one stay as they are
 */
export async function bitsByEffect<C>(
  fn: string,
  model: Runnable,
  weights: readonly Weight[],
  candidates: readonly Candidates<C>[],
  goal: Goal & { fixedBytes: number },
  probes: ProbeSet,
  before: Observed,
): Promise<Map<string, Candidate<C>>> {
  const steps = await pricedSteps(model, weights, candidates, probes);
  const taken = (count: number): Map<string, Candidate<C>> =>
    new Map(steps.slice(0, count).map(({ path, option }) => [path, option]));
  if ('bytes' in goal) {
    let size = goal.fixedBytes + candidates.reduce((sum, { bytes }) => sum + bytes, 0);
    let count = 0;
    for (; size > goal.bytes && count < steps.length; count++) size -= steps[count]!.saved;
    checkRange(size <= goal.bytes, `${fn}: bytes must be ${size} or more for this model`, goal.bytes);
    return taken(count);
  }
  const good = async (count: number): Promise<boolean> => {
    const values = new Map([...taken(count)].map(([path, { decoded }]) => [path, decoded]));
    const after = await withValues(weights, values, () => observe(model, probes));
    return keeps(effectBetween({ ...before, layers: [] }, after, probes), goal.agree);
  };
  if (await good(steps.length)) return taken(steps.length);
  // Of low, 0 at first, it is known that it keeps the outputs; of high that it does not.
  let [low, high] = [0, steps.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await good(middle)) low = middle;
    else high = middle;
  }
  return taken(low);
}

/** What each step costs, the cheapest first; the steps of one weight keep their order. */
async function pricedSteps<C>(
  model: Runnable,
  weights: readonly Weight[],
  candidates: readonly Candidates<C>[],
  probes: ProbeSet,
): Promise<Step<C>[]> {
  const most = { most: Math.min(TRIED, probes.count) };
  const before = await observe(model, probes, most);
  const steps: Step<C>[] = [];
  for (const { path, bytes, options } of candidates) {
    let [size, change, price] = [bytes, 0, 0];
    for (const option of options) {
      const after = await withValues(weights, new Map([[path, option.decoded]]), () => observe(model, probes, most));
      const changed = changeOf(effectBetween(before, after, probes));
      const saved = size - option.bytes;
      // Never cheaper than the step before it, without which it cannot be taken.
      if (saved > 0) price = Math.max(price, (changed - change) / saved);
      if (saved > 0) steps.push({ path, option, saved, price });
      [size, change] = [option.bytes, changed];
    }
  }
  return steps.sort((a, b) => a.price - b.price);
}
