import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { advantage } from './ahead.ts';
import { layersOf, type Params, type Result, xavierAgainstKaiming } from './experiment.ts';
import { figures } from './figure.ts';
import { signed, summary } from './summary.ts';

function check({ pairs }: Result): Verdict {
  const interval = advantage(pairs);
  if (pairs.length < 20 || !interval) return { met: false, text: `These are ${pairs.length} pairs; it takes 20.` };
  const said = `He is ${signed(interval.mean)} points ahead, between ${signed(interval.low)} and ${signed(interval.high)}.`;
  return { met: interval.high < 0, text: said };
}

/** What a change of which takes no run. */
const SHOWN: readonly (keyof Params)[] = ['layer', 'after'];

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { pairs: 2, depth: 1, epochs: 1 },
  // A step has its price for each layer, and the products theirs.
  work: ({ pairs, epochs, ...params }) => {
    const layers = layersOf(params);
    return pairs * (epochs * (1 + layers.length + layers.reduce((sum, [a, b]) => sum + a * b, 0) / 4000) + 3);
  },
  experiment: xavierAgainstKaiming,
  // The recommender's answers are all there.
  derive: (result, from, to) => {
    const names = Object.keys(from) as (keyof Params)[];
    const other = names.filter((name) => from[name] !== to[name]);
    return other.length > 0 && other.every((name) => SHOWN.includes(name)) ? result : undefined;
  },
  moments: ({ pairs }) => pairs.slice(1).map((_, i) => `${i + 2} pairs`),
  figures,
  summary,
  answer: ({ pairs }) => Math.round(advantage(pairs)?.mean ?? 0),
  check,
};
