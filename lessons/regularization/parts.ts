import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval, wilson } from '@weightkit/lesson';
import { LAMBDAS, PENALTIES, type Penalty } from './exact.ts';
import { BASE, LAMBDA, type Row, STRENGTHS } from './measure.ts';
import { TASKS, type Task } from './problem.ts';
import { stepsByHand } from './steps.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The strength at which the mean test error is least, and how many times as large the error is at both ends, with 95 % intervals. */
export function gainOf(rows: readonly Row[], task: Task, penalty: Penalty) {
  const errors = rows.filter((row) => row.task === task).map((row) => row.errors[penalty]);
  const means = STRENGTHS.map((_, i) => mean(errors.map((all) => all[i]!)));
  const at = means.indexOf(Math.min(...means));
  // Ratios are averaged by their logarithms.
  const times = (end: number): MeanInterval => {
    const { mean, low, high } = meanInterval(errors.map((all) => Math.log(all[end]! / all[at]!)));
    return { mean: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) };
  };
  return { strength: STRENGTHS[at]!, means, weak: times(0), strong: times(STRENGTHS.length - 1) };
}

/** On how many seeds the least test error lies inside of the range of λ. */
export function insideOf(rows: readonly Row[], task: Task, penalty: Penalty): { inside: number; seeds: number } {
  const own = rows.filter((row) => row.task === task);
  const [first, last] = [LAMBDAS[0]!, LAMBDAS.at(-1)!];
  const inside = own.filter(({ best }) => best[penalty] > first * 1.01 && best[penalty] < last * 0.99).length;
  return { inside, seeds: own.length };
}

const timesText = ({ mean, low, high }: MeanInterval): string =>
  `${mean.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

const outsideText = ({ inside, seeds }: { inside: number; seeds: number }): string =>
  `On ${seeds - inside} of the ${seeds} seeds`;

/** A formula as KaTeX reads it. */
const texOf = (formula: string): string =>
  `$${formula
    .replaceAll('sign', '\\operatorname{sign}')
    .replaceAll('−', '-')
    .replaceAll('η', '\\eta ')
    .replaceAll('λ', '\\lambda ')}$`;

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const each = TASKS.flatMap((task) => PENALTIES.map((penalty) => [task, penalty] as const));
  const errors = each.map(([task, penalty]) => [
    `${task}, ${penalty}`,
    ...gainOf(rows, task, penalty).means.map((value) => value.toFixed(2)),
  ]);
  const gains = each.map(([task, penalty]) => {
    const { strength, weak, strong } = gainOf(rows, task, penalty);
    const { inside, seeds } = insideOf(rows, task, penalty);
    return [`${task}, ${penalty}`, String(strength), timesText(weak), timesText(strong), `${inside} of ${seeds}`];
  });
  const zeros = TASKS.map((task) => {
    const own = rows.filter((row) => row.task === task).map((row) => row.zeros);
    const cell = (of: keyof Row['zeros']) => {
      const all = own.map((one) => one[of]);
      return `${mean(all).toFixed(1)} (${Math.min(...all)} to ${Math.max(...all)})`;
    };
    return [task, cell('gradient'), cell('proximal'), cell('exact')];
  });
  const rules = ['tfjs l2', 'weight decay', 'decoupled decay'] as const;
  const apart = rules.map((rule) => {
    const most = (i: 0 | 1) => Math.max(...rows.map((row) => row.apart[rule][i]));
    const least = (i: 0 | 1) => Math.min(...rows.map((row) => row.apart[rule][i]));
    const cell = (i: 0 | 1) => (most(i) < 0.01 ? `at most ${most(i).toExponential(0)}` : `${least(i)} to ${most(i)}`);
    return [rule, cell(0), cell(1)];
  });
  const steps = stepsByHand({ weight: 1, slope: 0.5, lambda: 0.2, rate: 0.1 });
  return {
    seeds: String(rows.length / TASKS.length),
    outside: outsideText(insideOf(rows, 'sparse regression', 'L2')),
    steps: markdownTable(
      ['rule', 'the weight after the step', 'w = 1, g = 0.5, λ = 0.2, η = 0.1'],
      steps.map(({ rule, formula, weight }) => [rule, texOf(formula), String(Number(weight.toFixed(6)))]),
    ),
    errors: markdownTable(['mean test error at λ =', ...STRENGTHS.map(String)], errors),
    gains: markdownTable(
      [
        'task and penalty',
        'best λ of these',
        'error at 0.001 over that',
        'error at 10 over that',
        'seeds with the minimum inside',
      ],
      gains,
    ),
    zeros: markdownTable(['of 20 weights', 'gradient of the penalty', 'proximal step', 'exact solution'], zeros),
    apart: markdownTable(['trained with', 'from the exact weights for λ Σw²', 'from those for λ/2 Σw²'], apart),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const seeds = rows.length / TASKS.length;
  const sparse = rows.filter(({ task }) => task === 'sparse regression');
  const share = meanInterval(sparse.map(({ zeros }) => zeros.proximal / BASE.features));
  const { weak } = gainOf(rows, 'sparse regression', 'L1');
  const { inside } = insideOf(rows, 'sparse regression', 'L1');
  const { low, high } = wilson(inside, seeds);
  const off = meanInterval(sparse.map(({ apart }) => apart['weight decay'][0]));
  const near = Math.max(...sparse.map(({ apart }) => apart['tfjs l2'][0]));
  return [
    {
      claim: `At λ = ${LAMBDA} the proximal step of L1 sets weights to exactly 0; the gradient of the penalty sets none.`,
      effect: `${percent(share.mean)} of the weights, against ${percent(mean(sparse.map(({ zeros }) => zeros.gradient / BASE.features)))}`,
      interval: `${percent(share.low)} to ${percent(share.high)}`,
      seeds,
      tested:
        'the proximal step sets at least 30 % of the weights to exactly 0, as the exact solution does, and the gradient none',
    },
    {
      claim: 'The test error with L1 is least inside of the range of λ, not at 0.001 or 10.',
      effect: `${inside} of ${seeds} seeds; the error at 0.001 is ${weak.mean.toFixed(2)} times as large`,
      interval: `${percent(low)} to ${percent(high)}; ${weak.low.toFixed(2)} to ${weak.high.toFixed(2)} times`,
      seeds,
      tested: 'the test error is least inside of the range of λ, over 24 seeds: ',
    },
    {
      claim: 'tfjs’s l2 of λ ends at the solution for λ Σw², weight decay of λ does not: it ends at that for λ/2 Σw².',
      effect: `a weight is ${off.mean.toFixed(2)} from it with weight decay, and at most ${near.toExponential(0)} with l2`,
      interval: `${off.low.toFixed(2)} to ${off.high.toFixed(2)}`,
      seeds,
      tested:
        'training with tfjs’s l2 ends at the solution for λ Σw², and weight decay, coupled or not, at that for λ/2 Σw²',
    },
  ];
}
