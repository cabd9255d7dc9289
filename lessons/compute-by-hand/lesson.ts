import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { computeByHand, type Params, type Result, withInput } from './experiment.ts';
import { figures } from './figure.ts';
import { steps } from './network.ts';
import { summary } from './summary.ts';

/** How many of the four answers are nearer to what is wanted than to a half. */
function answer({ examples }: Result): string {
  const right = examples.filter(({ y, predicted }) => Math.abs(predicted - y) < 0.25).length;
  return ['none', 'one', 'two', 'three', 'all'][right]!;
}

function check({ learned, attempts, loss }: Result): Verdict {
  if (!learned) return { met: false, text: `This seed has not learned it in ${loss.length} steps.` };
  if (attempts.length > 1) return { met: false, text: `This seed took ${attempts.length} starts.` };
  const took = `This seed took ${loss.length} steps.`;
  return loss.length < 300 ? { met: true, text: took } : { met: false, text: `${took} Fewer than 300 are asked for.` };
}

/** Another input changes no weight: the sums alone are made again. */
function derive(result: Result, from: Params, to: Params): Result | undefined {
  const same = (Object.keys(from) as (keyof Params)[]).every((name) => name === 'input' || from[name] === to[name]);
  return same && from.input !== to.input ? withInput(result, to.input) : undefined;
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { maxSteps: 100 },
  // Most seeds have learned by then.
  work: ({ maxSteps }) => Math.min(maxSteps, 2000),
  experiment: computeByHand,
  derive,
  moments: ({ neurons }) => steps(neurons),
  figures,
  summary,
  answer,
  check,
};
