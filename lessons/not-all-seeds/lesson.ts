import { type Lesson, type Verdict, wilson } from '@weightkit/lesson';
import { about } from './about.ts';
import { byHand } from './by-hand.ts';
import { GOAL, INPUTS, LAWS, type Law, notAllSeeds, type Outcome, type Params, type Result } from './experiment.ts';
import { figures, followed } from './figure.ts';

const failed = (outcomes: readonly Outcome[]) => outcomes.filter(({ learned }) => learned === null).length;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** How many failed by a law, with the interval of their share, and how long the others took. */
function told(law: Law, outcomes: readonly Outcome[]): string {
  const steps = outcomes.flatMap(({ learned }) => (learned === null ? [] : [learned])).sort((a, b) => a - b);
  const { low, high } = wilson(failed(outcomes), outcomes.length);
  const rate = `${failed(outcomes)} of ${outcomes.length} fail (95 % interval ${percent(low)} to ${percent(high)})`;
  const took = steps.length > 0 ? `, the others learn in ${steps[steps.length >> 1]} steps (median)` : '';
  return `${law}: ${rate}${took}.`;
}

/** What came out, in sentences. */
function summary(result: Result, params: Params): string[] {
  const { law, hidden, steps } = params;
  const { outcomes, moments } = result;
  const i = followed(result, params);
  const { seed, learned, loss } = outcomes[law][i]!;
  const answers = INPUTS.map(
    (x) => `(${x.join(', ')}) ${byHand(moments.at(-1)!.weights[i]!, hidden, x).answer.toFixed(2)}`,
  );
  const became = learned === null ? `has not learned in ${steps} steps` : `learned in ${learned} steps`;
  return [
    `From ${law} ${failed(outcomes[law])} of ${outcomes[law].length} networks fail: their loss is still above ${GOAL} after ${steps} steps.`,
    ...(Object.keys(LAWS) as Law[]).map((one) => told(one, outcomes[one])),
    `Seed ${seed} from ${law} ${became}; its loss is ${Number(loss.toPrecision(3))}, its answers are ${answers.join(', ')}.`,
  ];
}

function check({ outcomes }: Result, { law, nets }: Params): Verdict {
  if (law !== 'U(−5, 5)' || nets !== 50)
    return { met: false, text: 'It has to be 50 networks whose first weights are between −5 and 5.' };
  const count = failed(outcomes[law]);
  return { met: count <= 5, text: `${count} of 50 fail.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { nets: 10, steps: 100 },
  // A step has its price, about that of 1000 units of all networks.
  work: ({ nets, hidden, steps }) => steps * (1000 + 5 * nets * hidden),
  experiment: notAllSeeds,
  // Which network is followed changes nothing in the run.
  derive: (result, from, to) => {
    const names = Object.keys(from) as (keyof Params)[];
    return names.every((name) => name === 'follow' || from[name] === to[name]) ? result : undefined;
  },
  moments: ({ moments }) => moments.map(({ step }) => `step ${step}`),
  figures,
  summary,
  answer: ({ outcomes }, { law }) => failed(outcomes[law]),
  check,
};
