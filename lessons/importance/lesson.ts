import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { explainAgain, type Params, type Result, unitsAgain, weightImportance } from './experiment.ts';
import { JUDGE } from './explain.ts';
import { explainedOf, figures, percent, randomOf, scoresOf, short } from './figure.ts';

const missed = (residual: number): string =>
  residual < 1e-5 ? 'less than 0.00001' : String(Number(residual.toFixed(5)));

/** What came out, in sentences. */
function summary(result: Result, params: Params): string[] {
  const { scores, inputs, outputs, accuracy, retrained, one, label, residual, measured } = result;
  const { task, factor, example, spread } = params;
  const first = (shares: readonly number[]) => inputs[shares.indexOf(Math.max(...shares))]!;
  const sum = one.integratedGradients.reduce((total, part) => total + part, 0);
  const inUnits = factor === 1 ? '' : `, with ${inputs[measured]} in numbers ${short(factor)} times as large`;
  return [
    `The network has ${percent(accuracy)} of the test examples of ${task} right; its last input, random numbers, has a spread of ${short(spread)}${inUnits}.`,
    ...scores.map(
      ({ method, shares }) =>
        `${method}: ${first(shares)} comes first with ${percent(Math.max(...shares))}; the random numbers have ${percent(shares.at(-1)!)}.`,
    ),
    `Test example ${example} is ${outputs.length > 1 ? label : `${label === '1' ? 'true' : 'false'}`}: the network says ${one.says.toFixed(3)} for ${explainedOf(params)}, and ${one.saysOfBaseline.toFixed(3)} for the baseline. Integrated gradients add up to ${sum.toFixed(3)}; over all test examples they miss the change by ${missed(residual)} at most.`,
    ...(retrained
      ? [
          `Trained without one input: ${inputs.map((name, i) => `${name} ${percent(retrained[i]!)}`).join(', ')} are right.`,
        ]
      : []),
  ];
}

const MOST = 0.5;
const RIGHT = 0.94;
const LEAST = 0.03;

function check(result: Result, { task, factor }: Params): Verdict {
  if (task !== 'iris') return { met: false, text: 'It has to be the irises.' };
  if (factor !== 1) return { met: false, text: 'The unit has to stay as it is: 1.' };
  const [weights, judged] = [randomOf(result, '|weights|'), randomOf(result, JUDGE)];
  return {
    met: weights > MOST && judged < LEAST && result.accuracy >= RIGHT,
    text: `The random numbers have ${percent(weights)} of |weights| and ${percent(judged)} by shuffling; ${percent(result.accuracy)} of the flowers are right.`,
  };
}

const EXPLAINED: readonly (keyof Params)[] = ['factor', 'kind', 'example', 'baseline'];
/** Whether two runs differ in these parameters alone. */
const only = (names: readonly (keyof Params)[], from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || names.includes(name));

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { steps: 10, retrain: false },
  // Steps of all networks; explaining takes as long as some more.
  work: ({ steps, retrain, task }) => 60 + steps * (retrain ? (task === 'iris' ? 6 : 4) : 1),
  experiment: weightImportance,
  derive: (result, from, to) => (only(['factor'], from, to) ? unitsAgain(result, from, to) : undefined),
  rerun: (result, from, to) => (only(EXPLAINED, from, to) ? explainAgain(result, to) : undefined),
  figures,
  summary,
  answer: (result) => Math.round(100 * scoresOf(result, '|weights|').shares.at(-1)!),
  check,
};
