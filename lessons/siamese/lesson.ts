import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { compareAgain, type Params, type Result, siamese } from './experiment.ts';
import { far, figures, percent } from './figure.ts';

/** What came out, in sentences. */
function summary({ judged, compared, gradients }: Result, { leftOut, steps }: Params): string[] {
  if (!judged || !compared) return ['The run has not come to its end.'];
  const { shared, separate } = judged;
  const unequal = gradients.reduce((sum, one) => sum + one.unequal, 0);
  const out = leftOut.replace('and', 'or');
  return [
    `After ${steps} steps one shared tower has an AUC of ${percent(shared.auc.all)} on unseen pairs, and two towers one of ${percent(separate.auc.all)}.`,
    `Pairs of one digit are ${far(shared.same)} apart in the median, pairs of two ${far(shared.different)}.`,
    ...(shared.auc.leftOut === null
      ? []
      : [
          `It was trained on no ${out}. Among these its AUC is ${percent(shared.auc.leftOut)}, among the other digits ${percent(shared.auc.trained)}.`,
        ]),
    `The same image in both fields: ${far(shared.itself)} apart with one tower, ${far(separate.itself)} in the mean with two. Exchanging both images changes a distance by ${far(shared.exchanged)} with one, by ${far(separate.exchanged)} with two.`,
    `At the first step ${unequal === 0 ? 'every entry' : `all entries but ${unequal}`} of the shared gradient is the sum of those of both sides.`,
    `Your pair is ${far(compared.distance)} apart: ${percent(compared.further.same)} of the unseen pairs of one digit are further apart, and ${percent(compared.further.different)} of those of two.`,
  ];
}

const { options } = about.predict.answer as { options: readonly [string, string, string] };

/** How well digits are told apart that the tower was not trained on. */
function answer({ judged }: Result): string {
  const { leftOut, trained } = judged?.shared.auc ?? { leftOut: null, trained: 1 };
  if (leftOut === null || leftOut >= trained - 0.05) return options[0];
  return leftOut >= 0.6 ? options[1] : options[2];
}

const GOAL = 0.95;

function check({ judged }: Result, { leftOut }: Params): Verdict {
  if (leftOut !== 'none') return { met: false, text: 'All digits have to be trained on: leave out none.' };
  const auc = judged?.separate.auc.all ?? 0;
  return { met: auc >= GOAL, text: `Two towers have an AUC of ${percent(auc)} on unseen pairs.` };
}

/** Whether two runs differ in the pair alone that is compared. */
const onlyPair = (from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || name === 'left' || name === 'right');

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { images: 500, steps: 10 },
  // Steps of both, and eleven looks at unseen images, each as long as five.
  work: ({ steps }) => 55 + steps,
  experiment: siamese,
  rerun: (result, from, to, run) => (onlyPair(from, to) && result.weights ? compareAgain(result, to, run) : undefined),
  moments: ({ moments }) => moments.map(({ step }) => `step ${step}`),
  figures,
  summary,
  answer,
  check,
};
