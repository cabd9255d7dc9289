import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { breakingSymmetry, type Params, type Result } from './experiment.ts';
import { epochText, figures } from './figure.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What came out, in sentences. */
function summary({ moments, moved }: Result, { task, units }: Params): string[] {
  const [first, last] = [moments[0]!, moments.at(-1)!];
  const different = Object.entries(last.different).map(
    ([layer, count]) => `${count} of ${units} in the ${layer} layer`,
  );
  const still = Object.entries(moved).flatMap(([path, change]) => (change === 0 ? [path] : []));
  const learned =
    task === 'digits'
      ? `Test accuracy ${percent(last.accuracy)}; guessing gives about 10 %.`
      : `The mean squared error went from ${first.loss.toFixed(4)} to ${last.loss.toFixed(4)}.`;
  return [
    `Different hidden units at the end: ${different.join(' and ')}.`,
    learned,
    still.length === 0 ? 'Every weight moved.' : `Not moved at all: ${still.join(', ')}.`,
  ];
}

function check({ moments }: Result, { start, layers, task, examples, epochs }: Params): Verdict {
  if (start !== 'zeros' || (layers !== 'all' && layers !== 'first'))
    return { met: false, text: 'The kernel of the first layer does not start at zero.' };
  if (task !== 'digits') return { met: false, text: 'Take the digits as the task.' };
  if (examples > 1000 || epochs > 10)
    return { met: false, text: 'That takes more than 1,000 digits or more than 10 epochs.' };
  const { accuracy } = moments.at(-1)!;
  const reached = `The test accuracy is ${percent(accuracy)}.`;
  return accuracy >= 0.6 ? { met: true, text: reached } : { met: false, text: `${reached} 60 % are asked for.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { examples: 100, epochs: 1 },
  // Beside the steps each of the 25 looks at the network has its price, which is that of some 60 examples.
  work: ({ task, examples, epochs }) => epochs * (task === 'digits' ? examples : 100) + 25 * 60,
  experiment: breakingSymmetry,
  moments: ({ moments }) => moments.map(({ epoch }) => epochText(epoch)),
  figures,
  summary,
  answer: ({ moments }) => moments.at(-1)!.different.first!,
  check,
};
