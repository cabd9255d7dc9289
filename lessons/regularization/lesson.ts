import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { LAMBDAS, lengthOf, normalOf, pathOf, solve, zerosOf } from './exact.ts';
import { type Params, type Result, type Rule, regularization } from './experiment.ts';
import { figures, short } from './figure.ts';
import { matters } from './problem.ts';

/** What came out, in sentences. */
function summary({ trained }: Result, params: Params): string[] {
  const { penalty, lambda, features, noise, steps } = params;
  const { problem, fits, here, best } = pathOf(params);
  const normal = normalOf(problem.train);
  const of = (rule: Rule) => trained.find((one) => one.rule === rule)!;
  const length = (rule: Rule) => short(of(rule).lengths.at(-1)!);
  const exact = (strength: number) => short(lengthOf(solve(normal, 'L2', strength)));
  return [
    `At λ = ${short(lambda)}, ${penalty} sets ${zerosOf(here.weights)} of ${features} weights to exactly 0; the test error is ${short(here.test)}, the training error ${short(here.train)}, and the noise alone has ${short(noise ** 2)}.`,
    `The test error is least at λ = ${short(best.lambda)}: ${short(best.test)}, against ${short(fits[0]!.test)} at ${LAMBDAS[0]} and ${short(fits.at(-1)!.test)} at ${LAMBDAS.at(-1)}.`,
    `After ${steps} steps with L1, ${of('L1, gradient').zeros.at(-1)} weights are exactly 0 by the gradient of the penalty and ${of('L1, proximal').zeros.at(-1)} by the proximal step; the exact solution has ${zerosOf(solve(normal, 'L1', lambda))}.`,
    `With L2 the weights have a length of ${length('tfjs l2')} by tfjs’s l2 of λ, where the exact solution for λ Σw² has ${exact(lambda)}.`,
    `By weight decay of λ it is ${length('weight decay')}, and ${length('decoupled decay')} by decoupled decay, where the exact solution for λ/2 Σw² has ${exact(lambda / 2)}.`,
  ];
}

function check(_: Result, params: Params): Verdict {
  const { task, penalty, noise, features } = params;
  if (task !== 'sparse regression' || penalty !== 'L1' || noise < 1.5 || features !== 20)
    return { met: false, text: 'It has to be L1 on the sparse regression, with 20 weights and noise of 1.5 or more.' };
  const { problem, here } = pathOf(params);
  const kept = here.weights.map((weight) => weight !== 0);
  const wanted = problem.planted.map(matters);
  const lost = wanted.filter((one, j) => one && !kept[j]).length;
  const extra = wanted.filter((one, j) => !one && kept[j]).length;
  const text = `L1 keeps ${5 - lost} of the 5 weights that matter, and ${extra} of the 15 that do not.`;
  return { met: lost === 0 && extra === 0, text };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { steps: 50 },
  // Five rules; a step has its price, and the drawing another.
  work: ({ steps }) => 50 + steps,
  experiment: regularization,
  figures,
  summary,
  answer: ({ trained }) => trained[0]!.zeros.at(-1)!,
  check,
};
