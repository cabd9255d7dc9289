import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { errorOf, normalOf, PENALTIES, type Penalty, pathOf, solve, zerosOf } from './exact.ts';
import { type Params, type Result, type Rule, regularization } from './experiment.ts';
import { problemOf, TASKS, type Task } from './problem.ts';

/** Strengths at which the test error is kept. */
export const STRENGTHS = [0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 1, 10] as const;
/** That of the training runs. */
export const LAMBDA = 0.4;

export const BASE = { penalty: 'L1', lambda: LAMBDA, noise: 1.5, examples: 30, features: 20, steps: 500 } as const;

export interface Row {
  task: Task;
  seed: number;
  /** Test error of the exact weights, for each of `STRENGTHS`. */
  errors: Record<Penalty, number[]>;
  /** Strength with the least test error, of those from 0.001 to 10 that are ten to a power of ten. */
  best: Record<Penalty, number>;
  /** Weights that are exactly 0 at `LAMBDA`: after training by two rules, and in the exact solution. */
  zeros: { gradient: number; proximal: number; exact: number };
  /** Largest distance of a trained weight from the exact one for λ Σw² and for λ/2 Σw². */
  apart: Record<'tfjs l2' | 'weight decay' | 'decoupled decay', [whole: number, half: number]>;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ params }: MeasuredRun<Task, Params>, { trained }: Result): Row {
  const { train, test } = problemOf(params);
  const normal = normalOf(train);
  const byPenalty = <T>(of: (penalty: Penalty) => T) =>
    Object.fromEntries(PENALTIES.map((penalty) => [penalty, of(penalty)])) as Record<Penalty, T>;
  const weightsOf = (rule: Rule) => trained.find((one) => one.rule === rule)!.weights;
  const [whole, half] = [solve(normal, 'L2', params.lambda), solve(normal, 'L2', params.lambda / 2)];
  const apart = (rule: Rule): [number, number] => {
    const most = (exact: readonly number[]) =>
      Number(Math.max(...weightsOf(rule).map((value, j) => Math.abs(value - exact[j]!))).toPrecision(2));
    return [most(whole), most(half)];
  };
  return {
    task: params.task,
    seed: params.seed,
    errors: byPenalty((penalty) => STRENGTHS.map((strength) => short(errorOf(test, solve(normal, penalty, strength))))),
    best: byPenalty((penalty) => short(pathOf({ ...params, penalty }).best.lambda)),
    zeros: {
      gradient: zerosOf(weightsOf('L1, gradient')),
      proximal: zerosOf(weightsOf('L1, proximal')),
      exact: zerosOf(solve(normal, 'L1', params.lambda)),
    },
    apart: {
      'tfjs l2': apart('tfjs l2'),
      'weight decay': apart('weight decay'),
      'decoupled decay': apart('decoupled decay'),
    },
  };
}

const SEEDS = Array.from({ length: 30 }, (_, seed) => seed);

export const measurement: Measurement<Task, Params, Result, Row> = {
  experiment: regularization,
  runs: TASKS.flatMap((task) => SEEDS.map((seed) => ({ label: task, params: { ...BASE, task, seed } }))),
  sample: { label: 'polynomial', params: { ...BASE, task: 'polynomial', steps: 50, seed: 0 } },
  condense,
};
