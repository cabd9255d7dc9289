import type { Figures } from '@weightkit/lesson';
import { coefficientPaths, type Figure, lineChart, pairedDots, smallMultiples } from '@weightkit/viz';
import { LAMBDAS, lengthOf, normalOf, type Path, type PathParams, pathOf, solve, zerosOf } from './exact.ts';
import type { Params, Result } from './experiment.ts';
import { curve, dot, matters, problemOf, termsAt } from './problem.ts';

/** Pixels that each half of the main figure is high: both below each other fit on a phone. */
const HEIGHT = 250;
/** Errors below this are drawn at it: a log axis has no 0. */
const LEAST = 1e-9;

/** A number in the digits that mean something here. */
export const short = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');

/** What the weights are called. */
const namesOf = ({ task, features }: PathParams): string[] =>
  Array.from({ length: features }, (_, j) => (task === 'polynomial' ? `T${j + 1}` : `w${j + 1}`));

function paths({ problem, fits, here }: Path, params: PathParams): Figure {
  const of = problem.planted.map((weight) => (matters(weight) ? 0 : 1));
  const useless = of.filter((group) => group === 1).length;
  const lines = namesOf(params).map((name, j) => ({
    group: of[j]!,
    series: { name, y: fits.map(({ weights }) => weights[j]!) },
  }));
  // Those that matter on top.
  lines.sort((a, b) => b.group - a.group);
  return coefficientPaths(
    {
      x: LAMBDAS,
      series: lines.map(({ series }) => series),
      groups: {
        names: [`${params.features - useless} that matter`, `${useless} that do not`],
        of: lines.map(({ group }) => group),
      },
    },
    {
      title: 'Weights',
      description:
        `${params.features} weights by the strength λ of ${params.penalty}, ${params.features - useless} of which matter. ` +
        `At λ = ${short(params.lambda)} ${zerosOf(here.weights)} are exactly 0.`,
      xLabel: 'λ',
      yLabel: 'weight',
      mark: params.lambda,
      height: HEIGHT,
    },
  );
}

function errors({ fits, here, best }: Path, { noise }: PathParams): Figure {
  const level = noise ** 2;
  const drawn = (value: number) => Math.max(LEAST, value);
  return lineChart(
    {
      series: [
        { name: 'test', x: LAMBDAS, y: fits.map(({ test }) => drawn(test)) },
        { name: 'training', x: LAMBDAS, y: fits.map(({ train }) => drawn(train)) },
        ...(level > 0 ? [{ name: 'noise', x: [LAMBDAS[0]!, LAMBDAS.at(-1)!], y: [level, level] }] : []),
        { name: 'at your λ', x: [here.lambda], y: [drawn(here.test)] },
      ],
    },
    {
      title: `Error: test ${short(here.test)}`,
      description:
        `Mean squared error by λ. The test error is ${short(fits[0]!.test)} at ${LAMBDAS[0]}, least with ${short(best.test)} at ${short(best.lambda)}, ` +
        `and ${short(fits.at(-1)!.test)} at ${LAMBDAS.at(-1)}; at your λ it is ${short(here.test)}, the training error ${short(here.train)}.`,
      xLabel: 'λ',
      yLabel: 'error',
      xScale: 'log',
      yScale: 'log',
      height: HEIGHT,
    },
  );
}

function main(path: Path, params: PathParams): Figure {
  const halves = [paths(path, params), errors(path, params)];
  const figure = smallMultiples(
    { figures: halves },
    {
      title: `λ = ${short(params.lambda)}: ${zerosOf(path.here.weights)} of ${params.features} weights are 0`,
      description: halves.map(({ description }) => description).join(' '),
      columns: 2,
    },
  );
  const columns = ['λ', 'weights that are 0', 'test error', 'training error', ...namesOf(params)];
  const rows = path.fits.map(({ lambda, weights, train, test }) => [
    Number(lambda.toPrecision(3)),
    zerosOf(weights),
    ...[test, train, ...weights].map((value) => Number(value.toPrecision(5))),
  ]);
  return { ...figure, table: { columns, rows } };
}

function weights({ problem, here }: Path, params: PathParams): Figure {
  const rows = namesOf(params).map((name, j) => ({ name, from: problem.planted[j]!, to: here.weights[j]! }));
  const own = rows.filter(({ from }) => matters(from));
  const others = rows.filter(({ from }) => !matters(from));
  const smaller = own.filter(({ from, to }) => Math.abs(to) < Math.abs(from)).length;
  return pairedDots(
    { rows },
    {
      title: `Weights at λ = ${short(params.lambda)}`,
      description:
        `Each weight behind the data, and as it is found at λ = ${short(params.lambda)}: ${smaller} of the ${own.length} that matter come out too small, ` +
        `and ${zerosOf(others.map(({ to }) => to))} of the ${others.length} others are exactly 0.`,
      fromLabel: 'behind the data',
      toLabel: 'found',
      xLabel: 'weight',
    },
  );
}

/** Places at which curves are drawn. */
const PLACES = Array.from({ length: 161 }, (_, i) => -1 + i / 80);

/** The polynomial of the same settings, whatever the task is. */
function fit(params: PathParams): Figure {
  const problem = problemOf({ ...params, task: 'polynomial' });
  const normal = normalOf(problem.train);
  const held = solve(normal, params.penalty, params.lambda);
  const free = solve(normal, params.penalty, LAMBDAS[0]!, held);
  const curveOf = (weights: readonly number[]) => (place: number) => dot(termsAt(place, params.features), weights);
  const spread = problem.places.flatMap((place, i) => [
    { place, y: problem.train.y[i]! },
    // Nothing between two of them: they are dots.
    { place: null, y: null },
  ]);
  const farthest = Math.max(...PLACES.map((place) => Math.abs(curveOf(held)(place) - curve(place))));
  return lineChart(
    {
      series: [
        { name: 'examples', x: spread.map(({ place }) => place), y: spread.map(({ y }) => y) },
        { name: `λ = ${short(params.lambda)}`, x: PLACES, y: PLACES.map(curveOf(held)) },
        { name: `λ = ${LAMBDAS[0]}`, x: PLACES, y: PLACES.map(curveOf(free)) },
        { name: 'the curve behind them', x: PLACES, y: PLACES.map(curve) },
      ],
    },
    {
      title: `A polynomial of degree ${params.features}, ${params.penalty}`,
      description:
        `${problem.places.length} noisy examples of the curve 3 sin πx, and polynomials of degree ${params.features} fitted to them: with λ = ${short(params.lambda)}, ` +
        `which is at most ${short(farthest)} from the curve, and with λ = ${LAMBDAS[0]}, which follows the noise.`,
      xLabel: 'x',
      yLabel: 'y',
      yDomain: [-8, 8],
    },
  );
}

const way = ({ trained }: Result, rule: Result['trained'][number]['rule']) => trained.find((one) => one.rule === rule)!;

function zeros(result: Result, { problem }: Path, { lambda, features }: Params): Figure {
  const exact = zerosOf(solve(normalOf(problem.train), 'L1', lambda));
  const [gradient, proximal] = [way(result, 'L1, gradient'), way(result, 'L1, proximal')];
  const end = gradient.steps.at(-1)!;
  return lineChart(
    {
      series: [
        { name: 'gradient of λ Σ|w|', x: gradient.steps, y: gradient.zeros },
        { name: 'proximal step', x: proximal.steps, y: proximal.zeros },
        { name: 'the exact solution', x: [1, Math.max(2, end)], y: [exact, exact] },
      ],
    },
    {
      title: 'Training with L1: weights that are exactly 0',
      description:
        `Of ${features} weights, which all start at 0, by step of gradient descent at λ = ${short(lambda)}: in the end ${gradient.zeros.at(-1)} with the gradient ` +
        `of the penalty, ${proximal.zeros.at(-1)} with the proximal step; the exact solution has ${exact}.`,
      xLabel: 'step',
      xScale: 'log',
      yLabel: 'weights that are 0',
      yDomain: [0, features],
    },
  );
}

function factor(result: Result, { problem }: Path, { lambda }: Params): Figure {
  const normal = normalOf(problem.train);
  const [whole, half] = [lambda, lambda / 2].map((strength) => lengthOf(solve(normal, 'L2', strength)));
  const ways = (['tfjs l2', 'weight decay', 'decoupled decay'] as const).map((rule) => way(result, rule));
  const end = Math.max(2, ways[0]!.steps.at(-1)!);
  const ends = ways.map(({ rule, lengths }) => `${rule} ${lengths.at(-1)!.toFixed(3)}`).join(', ');
  return lineChart(
    {
      series: [
        ...ways.map(({ rule, steps, lengths }) => ({ name: rule, x: steps, y: lengths })),
        { name: 'exact, λ Σw²', x: [1, end], y: [whole!, whole!] },
        { name: 'exact, λ/2 Σw²', x: [1, end], y: [half!, half!] },
      ],
    },
    {
      title: 'Training with L2: the same λ in two libraries',
      description:
        `How long the list of weights is, by step of gradient descent with λ = ${short(lambda)}. In the end: ${ends}. The exact solution has ` +
        `${whole!.toFixed(3)} for λ Σw² and ${half!.toFixed(3)} for λ/2 Σw².`,
      xLabel: 'step',
      xScale: 'log',
      yLabel: 'length of the weights',
    },
  );
}

/** The figures of a strength of the penalty; without a run those alone that take no training. */
export function figures(result: Result | undefined, params: Params): Figures {
  const path = pathOf(params);
  return {
    paths: main(path, params),
    weights: weights(path, params),
    fit: fit(params),
    ...(result && { zeros: zeros(result, path, params), factor: factor(result, path, params) }),
  };
}
