import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { eigh } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { lengthOf, normalOf, type PathParams, PENALTIES, zerosOf } from './exact.ts';
import { problemOf, TASKS } from './problem.ts';

export interface Params extends PathParams {
  /** Steps of gradient descent. */
  steps: number;
}

export const RULES = ['L1, gradient', 'L1, proximal', 'tfjs l2', 'weight decay', 'decoupled decay'] as const;
export type Rule = (typeof RULES)[number];

/** What became of the weights under one rule. */
export interface Trained {
  rule: Rule;
  /** Steps at which was looked, and then: how many weights were 0 exactly, and how long all of them were. */
  steps: number[];
  zeros: number[];
  lengths: number[];
  /** The weights in the end. */
  weights: number[];
}

export interface Result {
  /** The learning rate. */
  rate: number;
  trained: Trained[];
}

/** Steps after which is looked: more of the first ones, in which most happens. */
function looksOf(steps: number): Set<number> {
  const looks = Array.from({ length: 60 }, (_, i) => Math.round(10 ** (i / 12))).filter((at) => at < steps);
  return new Set([...looks, steps]);
}

type Step = () => void;

/** A step of gradient descent on the mean squared error `error` of the weights `w`, with a penalty of strength λ put in by a rule. */
function stepOf(
  rule: Rule,
  error: () => tf.Scalar,
  w: tf.Variable,
  sgd: tf.Optimizer,
  lambda: number,
  rate: number,
): Step {
  const plus = (penalty: tf.Tensor): tf.Scalar => tf.add(error(), penalty);
  /** The gradient of the error alone, by the name of w. */
  const gradient = () => {
    const { value, grads } = tf.variableGrads(error, [w]);
    value.dispose();
    return grads[w.name]!;
  };
  const { l1, l2 } = { l1: tf.regularizers.l1({ l1: lambda }), l2: tf.regularizers.l2({ l2: lambda }) };
  // #region rules
  switch (rule) {
    case 'L1, gradient': // λ Σ|w| is a part of the loss, and tfjs takes its slope: λ times the sign of w.
      return () => sgd.minimize(() => plus(l1.apply(w)), false, [w]);
    case 'L1, proximal': // A step of the error alone; then all weights move toward 0 by ηλ, and no further than 0.
      return () => {
        sgd.minimize(error, false, [w]);
        tf.tidy(() => w.assign(tf.mul(tf.sign(w), tf.relu(tf.sub(tf.abs(w), rate * lambda)))));
      };
    case 'tfjs l2': // λ Σw² is a part of the loss; its slope is 2λw.
      return () => sgd.minimize(() => plus(l2.apply(w)), false, [w]);
    case 'weight decay': // PyTorch's optimizers add λw to the gradient, which is the slope of λ/2 Σw².
      return () => tf.tidy(() => sgd.applyGradients({ [w.name]: tf.add(gradient(), tf.mul(lambda, w)) }));
    case 'decoupled decay': // As AdamW: the weights shrink by a factor, and the gradient knows nothing of it.
      return () =>
        tf.tidy(() => {
          const slope = gradient();
          w.assign(tf.mul(1 - rate * lambda, w));
          sgd.applyGradients({ [w.name]: slope });
        });
  }
  // #endregion
}

function check(params: Params): void {
  const fn = 'regularization';
  checkOptions(fn, params, ['task', 'penalty', 'lambda', 'noise', 'examples', 'features', 'steps', 'seed']);
  checkRange(TASKS.includes(params.task), `${fn}: task must be among ${TASKS.join(', ')}`, params.task);
  checkRange(
    PENALTIES.includes(params.penalty),
    `${fn}: penalty must be among ${PENALTIES.join(', ')}`,
    params.penalty,
  );
  const within = (name: 'lambda' | 'noise' | 'examples' | 'features' | 'steps', least: number, most: number) => {
    const value = params[name];
    const ok = typeof value === 'number' && value >= least && value <= most;
    checkRange(ok, `${fn}: ${name} must be in [${least}, ${most}]`, value);
  };
  within('lambda', 1e-4, 100);
  within('noise', 0, 100);
  within('features', 5, 20);
  // As many examples as weights at least, so that the weights are determined.
  within('examples', 20, 10_000);
  within('steps', 1, 100_000);
  for (const name of ['examples', 'features', 'steps'] as const)
    checkRange(Number.isInteger(params[name]), `${fn}: ${name} must be an integer`, params[name]);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/**
 * Trains a linear model with TensorFlow.js under five rules that pull weights toward 0, from the same examples and with the same λ.
 *
 * @param params - the examples, λ and the number of steps; `penalty` is for the figures alone
 * @param run - progress with the result so far, and a way to stop
 */
export async function regularization(
  params: Params,
  { onProgress, signal }: Omit<Run<Result>, 'data'>,
): Promise<Result> {
  check(params);
  const { lambda, steps } = params;
  const { train } = problemOf(params);
  const { products } = normalOf(train);
  // The error curves by twice the largest eigenvalue at most, λ Σw² by 2λ: a step of one over both never overshoots.
  const { values } = eigh(Float64Array.from(products.flat()), { rows: products.length, cols: products.length });
  const rate = 1 / (2 * Math.max(...values) + 2 * lambda);
  const trained: Trained[] = [];
  const [x, y] = [tf.tensor2d(train.x), tf.tensor2d(train.y, [train.y.length, 1])];
  const looks = looksOf(steps);
  try {
    for (const [i, rule] of RULES.entries()) {
      const w = tf.tidy(() => tf.variable(tf.zeros([params.features, 1])));
      const sgd = tf.train.sgd(rate);
      const error = () => tf.mean(tf.squaredDifference(tf.matMul(x, w as tf.Tensor2D), y)) as tf.Scalar;
      const step = stepOf(rule, error, w, sgd, lambda, rate);
      const way: Trained = { rule, steps: [], zeros: [], lengths: [], weights: [] };
      trained.push(way);
      try {
        for (let at = 1; at <= steps; at++) {
          step();
          if (looks.has(at)) {
            signal?.throwIfAborted();
            way.weights = Array.from(await w.data());
            way.steps.push(at);
            way.zeros.push(zerosOf(way.weights));
            way.lengths.push(lengthOf(way.weights));
            const result = i === RULES.length - 1 ? { rate, trained } : undefined;
            await onProgress?.({ done: (i + at / steps) / RULES.length, label: rule, ...(result && { result }) });
          }
        }
      } finally {
        w.dispose();
        sgd.dispose();
      }
    }
    return { rate, trained };
  } finally {
    tf.dispose([x, y]);
  }
}
