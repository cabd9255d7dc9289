import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { endOf, imageClassification, type Params, RATES, type Result, type StartRun } from './experiment.ts';
import { figures, percent } from './figure.ts';
import type { Start } from './network.ts';
import type { Network } from './stacks.ts';

export const runOf = ({ runs }: Result, start: Start): StartRun => runs.find((run) => run.start === start)!;

/** How many points one start is ahead of another in the end. */
export const aheadBy = (result: Result, one: Start, other: Start): number =>
  100 * (endOf(runOf(result, one)) - endOf(runOf(result, other)));

/** What came out, in sentences. */
function summary(result: Result, { network, optimizer, epochs }: Params): string[] {
  const { data, train, validation, runs, map, order } = result;
  if (!order) return ['The run has not come to its end.'];
  const he = runOf(result, 'he_normal').layers;
  const random = runOf(result, 'random_normal').layers;
  return [
    `The network "${network}" learned from ${train} images of ${data} in ${epochs} epochs, by ${optimizer} with a learning rate of ${RATES[optimizer]}.`,
    `Of ${validation} validation images are right: ${runs.map((run) => `${run.start} ${percent(endOf(run))}`).join(', ')}.`,
    `Before training the last layer's sums spread by ${he.at(-1)!.sums.toPrecision(3)} from he_normal, and by ${random.at(-1)!.sums.toPrecision(3)} from random_normal.`,
    `The map of ${map.join(' × ')} is flattened with channels last; with the rows of the dense kernel as PyTorch orders them ${percent(order.wrong)} are right in place of ${percent(order.right)}.`,
  ];
}

const GOAL = { accuracy: 0.5, behind: 0.03 };

function check(result: Result, { optimizer }: Params): Verdict {
  const [he, random] = (['he_normal', 'random_normal'] as const).map((start) => endOf(runOf(result, start)));
  const said = `random_normal has ${percent(random!)} right, he_normal ${percent(he!)}.`;
  if (optimizer !== 'SGD') return { met: false, text: `That was Adam: ${said}` };
  return { met: random! >= he! - GOAL.behind && Math.min(he!, random!) >= GOAL.accuracy, text: said };
}

/** What a step of each network costs, to one of the small one: by time on wasm. */
const COSTS: Readonly<Record<Network, number>> = { small: 1, 'slide 10': 20, 'slide 13': 10 };

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { network: 'small', images: 200, epochs: 1 },
  work: ({ network, images, epochs }) => COSTS[network] * images * epochs,
  experiment: imageClassification,
  moments: ({ runs }) => runs[0]!.moments.map(({ epoch }) => `epoch ${epoch}`),
  figures,
  summary,
  answer: (result) => Math.round(aheadBy(result, 'he_normal', 'random_normal')),
  check,
};
