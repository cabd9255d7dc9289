// The weights at which training with a penalty ends, without training. Nothing here loads TensorFlow.js.
import { dot, type Problem, type ProblemParams, problemOf, type Rows } from './problem.ts';

export const PENALTIES = ['L1', 'L2'] as const;
export type Penalty = (typeof PENALTIES)[number];

/** Strengths for which weights are found: from 0.001 to 10. */
export const LAMBDAS: readonly number[] = Array.from({ length: 41 }, (_, i) => 10 ** (-3 + i / 10));

/** What is left of a sum of squares when the examples are known: mean products of the features, and of each with the targets. */
export interface Normal {
  products: number[][];
  targets: number[];
}

/** The mean products of some examples. */
export function normalOf({ x, y }: Rows): Normal {
  const columns = x[0]!.map((_, j) => x.map((row) => row[j]!));
  const mean = (a: readonly number[], b: readonly number[]) => dot(a, b) / y.length;
  return { products: columns.map((a) => columns.map((b) => mean(a, b))), targets: columns.map((a) => mean(a, y)) };
}

/** Moves a number toward 0, and no further than 0. */
export const soft = (value: number, by: number): number => Math.sign(value) * Math.max(0, Math.abs(value) - by);

const MOST_SWEEPS = 20_000;
/** A sweep that moves no weight by more than this is the last one. */
const STILL = 1e-11;

/**
 * The weights w that make mean((y - Xw)²) + λ Σ|w| (L1) or + λ Σw² (L2) least, by coordinate descent: each weight in turn is set to
 * what is best while the others stand still, until none moves any more.
 */
export function solve({ products, targets }: Normal, penalty: Penalty, lambda: number, start?: readonly number[]) {
  const w = start ? [...start] : targets.map(() => 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (const [j, row] of products.entries()) {
      const own = row[j]!;
      const rest = targets[j]! - dot(row, w) + own * w[j]!;
      const best = penalty === 'L1' ? soft(rest, lambda / 2) / own : rest / (own + lambda);
      moved = Math.max(moved, Math.abs(best - w[j]!));
      w[j] = best;
    }
    if (moved < STILL) break;
  }
  return w;
}

/** Mean squared error. */
export const errorOf = ({ x, y }: Rows, w: readonly number[]): number =>
  x.reduce((sum, row, i) => sum + (dot(row, w) - y[i]!) ** 2, 0) / y.length;

/** How many weights are 0, exactly. */
export const zerosOf = (w: ArrayLike<number>): number => Array.from(w).filter((value) => value === 0).length;

/** The length of a list of weights. */
export const lengthOf = (w: ArrayLike<number>): number => Math.hypot(...Array.from(w));

/** Weights of one strength of the penalty, and what they are worth. */
export interface Fit {
  lambda: number;
  weights: number[];
  train: number;
  test: number;
}

export interface PathParams extends ProblemParams {
  penalty: Penalty;
  lambda: number;
}

export interface Path {
  problem: Problem;
  /** For each of `LAMBDAS`. */
  fits: Fit[];
  /** For the strength that was asked for. */
  here: Fit;
  /** The one of `fits` with the least test error. */
  best: Fit;
}

/** The weights for all strengths of a penalty, and for the one that is asked for. */
export function pathOf(params: PathParams): Path {
  const problem = problemOf(params);
  const normal = normalOf(problem.train);
  const { penalty } = params;
  const fit = (lambda: number, start?: readonly number[]): Fit => {
    const weights = solve(normal, penalty, lambda, start);
    return { lambda, weights, train: errorOf(problem.train, weights), test: errorOf(problem.test, weights) };
  };
  // From the strongest down, each from the one before: few sweeps are left.
  const fits: Fit[] = [];
  for (const lambda of [...LAMBDAS].reverse()) fits.unshift(fit(lambda, fits[0]?.weights));
  const near = fits.find(({ lambda }) => lambda >= params.lambda) ?? fits.at(-1)!;
  return {
    problem,
    fits,
    here: fit(params.lambda, near.weights),
    best: fits.reduce((best, one) => (one.test < best.test ? one : best)),
  };
}
