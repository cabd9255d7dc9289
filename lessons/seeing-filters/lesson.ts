import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { copies, cosines, filterOf, matched } from './alike.ts';
import { drawAgain, type Params, type Result, seeingFilters } from './experiment.ts';
import { figures, mean, percent } from './figure.ts';
import { KEPT, most } from './patches.ts';

/** The mean cosine of the filters with what they started as. */
export const toStart = ({ moments }: Result): number => mean(cosines(moments[0]!.kernel, moments.at(-1)!.kernel));

const accuracyOf = (all: Result['moments']): number => all.at(-1)?.accuracy ?? 0;

/** What came out, in sentences. */
function summary(result: Result, { steps, filter }: Params): string[] {
  const { moments, other, frozen, patches, active } = result;
  if (!patches || !active || other.length < 2) return ['The run has not come to its end.'];
  const [start, end] = [moments[0]!, moments.at(-1)!];
  const dead = active.filter((share) => share === 0).length;
  const [strongest, largest] = [patches.answers[filter * KEPT]!, most(filterOf(end.kernel, filter), end.bias[filter]!)];
  return [
    `After ${steps} steps ${percent(accuracyOf(moments))} of the unseen digits are right; with the first layer frozen at its start ${percent(accuracyOf(frozen))}.`,
    `Trained filters and what they started as: a mean cosine of ${toStart(result).toFixed(2)}.`,
    `Paired as well as can be with the filters of a network with another start: ${matched(start.kernel, other[0]!.kernel).toFixed(2)} before training, ${matched(end.kernel, other.at(-1)!.kernel).toFixed(2)} after it.`,
    `${dead} of the filters answer above 0 nowhere; ${copies(end.kernel)} pairs are nearly copies.`,
    `The patch that excites filter ${filter} most gets ${strongest.toFixed(2)}; the most that any patch could get is ${largest.toFixed(2)}.`,
  ];
}

const GOAL = { cosine: 0.7, accuracy: 0.9 };

function check(result: Result): Verdict {
  const [cosine, accuracy] = [toStart(result), accuracyOf(result.moments)];
  return {
    met: cosine <= GOAL.cosine && accuracy >= GOAL.accuracy,
    text: `The mean cosine is ${cosine.toFixed(2)}, and ${percent(accuracy)} of the unseen digits are right.`,
  };
}

/** Whether two runs differ in nothing but these parameters. */
const onlyIn = (names: readonly (keyof Params)[], from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || names.includes(name));

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { images: 300, steps: 10 },
  // The steps of three networks, and eleven looks at each.
  work: ({ steps }) => 30 + 3 * steps,
  experiment: seeingFilters,
  derive: (result, from, to) => (onlyIn(['slide', 'filter'], from, to) ? result : undefined),
  rerun: (result, from, to, run) =>
    onlyIn(['slide', 'filter', 'image'], from, to) ? drawAgain(result, to, run) : undefined,
  moments: ({ moments }) => moments.map(({ step }) => `step ${step}`),
  figures,
  summary,
  answer: ({ moments, frozen }) => Math.max(0, Math.round(100 * (accuracyOf(moments) - accuracyOf(frozen)))),
  check,
};
