import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { breakingSymmetry, type Net, type Params, type Result, type Start } from './experiment.ts';
import { epochText, figures } from './figure.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const BEGUN: Record<Start, string> = {
  zeros: 'From zeros',
  constant: 'From a constant',
  random: 'From random numbers',
};

/** What came of a network, in a sentence. */
function told({ start, moments, moved }: Net, { task, units }: Params): string {
  const [first, last] = [moments[0]!, moments.at(-1)!];
  const different = Object.entries(last.different).map(
    ([layer, count]) => `${count} of ${units} in the ${layer} layer`,
  );
  const still = Object.keys(moved).filter((path) => moved[path] === 0);
  const learned =
    task === 'digits'
      ? `test accuracy ${percent(last.accuracy)}`
      : `mean squared error ${first.loss.toFixed(4)} at first and ${last.loss.toFixed(4)} at the end`;
  const what = still.length === 0 ? 'every weight moved' : `not moved at all: ${still.join(', ')}`;
  return `${BEGUN[start]}: distinct units ${different.join(' and ')}, ${learned}, ${what}.`;
}

/** What came out, in sentences. */
function summary({ nets }: Result, params: Params): string[] {
  const counts = nets.map(({ start, moments }) => `${moments.at(-1)!.different.first} from ${start}`);
  return [
    `Distinct units at the end, of ${params.units} in the first layer: ${counts.join(', ')}.`,
    ...nets.map((net) => told(net, params)),
    ...(params.task === 'digits' ? ['Guessing gives a test accuracy of about 10 %.'] : []),
  ];
}

function check({ nets }: Result, { layers, task, examples, epochs }: Params): Verdict {
  const zeros = nets.find(({ start }) => start === 'zeros');
  if (!zeros || (layers !== 'all' && layers !== 'first'))
    return { met: false, text: 'The kernel of the first layer does not start at zero.' };
  if (task !== 'digits') return { met: false, text: 'Take the digits as the task.' };
  if (examples > 1000 || epochs > 10)
    return { met: false, text: 'That takes more than 1,000 digits or more than 10 epochs.' };
  const { accuracy } = zeros.moments.at(-1)!;
  const reached = `From zeros the test accuracy is ${percent(accuracy)}.`;
  return accuracy >= 0.6 ? { met: true, text: reached } : { met: false, text: `${reached} 60 % are asked for.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { examples: 100, epochs: 1 },
  // Beside the steps each of the 11 looks at a network has its price, which is that of some 60 examples.
  work: ({ start, task, examples, epochs }) =>
    (start === 'side by side' ? 3 : 1) * (epochs * (task === 'digits' ? examples : 100) + 11 * 60),
  experiment: breakingSymmetry,
  moments: ({ nets }) => nets[0]!.moments.map(({ epoch }) => epochText(epoch)),
  figures,
  summary,
  answer: ({ nets }) => nets[0]!.moments.at(-1)!.different.first!,
  check,
};
