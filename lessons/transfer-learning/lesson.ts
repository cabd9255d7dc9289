import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { baseSteps, endOf, type Method, methodsOf, type Params, type Result, transferLearning } from './experiment.ts';
import { figures, percent, runOf } from './figure.ts';

/** How far a method is ahead of the network from scratch, in points. */
export function aheadBy(result: Result, method: Method): number {
  return 100 * (endOf(runOf(result, method)!) - endOf(runOf(result, 'from scratch')!));
}

const signed = (points: number): string => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;

/** What came out, in sentences. */
function summary(result: Result, { examples, paper }: Params): string[] {
  const { base, tested, methods } = result;
  const ends = methods.map((run) => {
    const { method, trained } = run;
    const ahead = method === 'from scratch' ? '' : `, ${signed(aheadBy(result, method))} points against from scratch`;
    return `${method}: ${percent(endOf(run))} of the new test digits are right${ahead}; ${trained} numbers trained.`;
  });
  const [frozen, trap] = (['frozen', 'trainable = false'] as const).map((method) => runOf(result, method)!);
  return [
    `The base has ${percent(base)} of ${tested.old} test digits from 0 to 4 right. Then ${examples} examples of 5 to 9 came${paper ? ', dark on white' : ''}.`,
    ...ends,
    `Of ${frozen!.base.numbers} numbers of the base ${frozen!.base.changed} have other bits with freeze(), ${trap!.base.changed} with trainable = false.`,
    `With the old head ${percent(frozen!.old!)} of the old digits are right after freeze(), ${percent(trap!.old!)} after trainable = false.`,
  ];
}

const GOAL = 0.86;

function check({ methods }: Result, { examples }: Params): Verdict {
  if (examples > 100) return { met: false, text: 'It may have 100 examples at most.' };
  const [best] = methods.filter(({ method }) => method !== 'from scratch').sort((a, b) => endOf(b) - endOf(a));
  return { met: endOf(best!) >= GOAL, text: `The best is ${best!.method} with ${percent(endOf(best!))}.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { examples: 10, old: 100, steps: 5, gradual: false, adapters: false },
  // Steps: those of the base, and those of each method, most of which go through the base as well.
  work: (params) => baseSteps(params) + methodsOf(params).length * params.steps,
  experiment: transferLearning,
  moments: ({ methods }) => methods[0]!.moments.map(({ step }) => `step ${step}`),
  figures,
  summary,
  answer: (result) => Math.round(aheadBy(result, 'frozen')),
  check,
};
