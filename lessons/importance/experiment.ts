import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import type { Run } from '@weightkit/lesson';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { byWeights, type Explanation, explain, outputOf } from './explain.ts';
import {
  accuracyOf,
  begin,
  buildNet,
  inputsOf,
  netInUnits,
  netOf,
  readNet,
  saysOf,
  targetsOf,
  type Weights,
} from './network.ts';
import {
  baselineOf,
  type Examples,
  inUnits,
  type Problem,
  problemOf,
  TASKS,
  type Task,
  TEST,
  without,
} from './problem.ts';

/** Where the way of integrated gradients begins. */
export const BASELINES = ['average', 'lowest'] as const;
export type Baseline = (typeof BASELINES)[number];

export interface Params {
  task: Task;
  /** Standard deviation of the input that says nothing. */
  spread: number;
  /** The numbers of one input are multiplied by this after training, and its weights divided. */
  factor: number;
  /** Which of the three kinds of iris is explained; XOR has one output. */
  kind: 'setosa' | 'versicolor' | 'virginica';
  /** Which of the test examples is explained by itself. */
  example: number;
  baseline: Baseline;
  /** Whether to train without each input as well. */
  retrain: boolean;
  /** Hidden units. */
  units: number;
  steps: number;
  /** Part of themselves that weights lose in each step. */
  decay: number;
  seed: number;
}

export interface Result extends Explanation {
  inputs: string[];
  outputs: string[];
  /** The input whose unit can be changed. */
  measured: number;
  /** The trained weights, in the units of the training. */
  net: Weights;
  /** Shares of test examples that are right. */
  accuracy: number;
  /** What the test example is that is explained. */
  label: string;
  /** Accuracy of networks that were trained without one input, for each input; none where they were not asked for. */
  retrained: number[] | null;
}

const RATE = 0.05;
const LOSS = { one: 'binaryCrossentropy', several: 'categoricalCrossentropy' } as const;

// #region training
/** Trains a network on all examples at once; the caller disposes it. */
async function train(examples: Examples, outputs: number, params: Params, tick: () => Promise<void>) {
  const { units, steps, decay, seed } = params;
  const inputs = examples.x.length / examples.count;
  const model = buildNet({ inputs, units, outputs });
  const optimizer = tf.train.adam(RATE);
  const [x, y] = [inputsOf(examples), targetsOf(examples, outputs)];
  begin(model, seed);
  try {
    model.compile({ optimizer, loss: outputs === 1 ? LOSS.one : LOSS.several });
    const kernels = weightsOf(model, '*/kernel').map(({ variable }) => variable!);
    for (let step = 0; step < steps; step++) {
      await model.trainOnBatch(x, y);
      if (decay > 0) for (const kernel of kernels) tf.tidy(() => kernel.assign(tf.mul(kernel, 1 - decay)));
      await tick();
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    optimizer.dispose();
    tf.dispose([x, y]);
  }
}
// #endregion

const FN = 'weightImportance';

function check(params: Params): void {
  checkOptions(FN, params, [
    'task',
    'spread',
    'factor',
    'kind',
    'example',
    'baseline',
    'retrain',
    'units',
    'steps',
    'decay',
    'seed',
  ]);
  const { task, kind, baseline } = params;
  const kinds = ['setosa', 'versicolor', 'virginica'];
  checkRange(TASKS.includes(task), `${FN}: task must be one of ${TASKS.join(', ')}`, task);
  checkRange(kinds.includes(kind), `${FN}: kind must be one of ${kinds.join(', ')}`, kind);
  checkRange(BASELINES.includes(baseline), `${FN}: baseline must be one of ${BASELINES.join(', ')}`, baseline);
  checkBoolean(FN, 'retrain', params.retrain);
  const within = (name: 'spread' | 'factor' | 'decay', least: number, most: number) =>
    checkRange(
      typeof params[name] === 'number' && params[name] >= least && params[name] <= most,
      `${FN}: ${name} must be in [${least}, ${most}]`,
      params[name],
    );
  const whole = (name: 'example' | 'units' | 'steps', least: number, most: number) =>
    checkRange(
      Number.isInteger(params[name]) && params[name] >= least && params[name] <= most,
      `${FN}: ${name} must be an integer in [${least}, ${most}]`,
      params[name],
    );
  within('spread', 0, 100);
  within('factor', 1e-6, 1e6);
  within('decay', 0, 0.5);
  whole('example', 0, TEST - 1);
  whole('units', 1, 64);
  whole('steps', 1, 2000);
  checkRange(Number.isSafeInteger(params.seed), `${FN}: seed must be a safe integer`, params.seed);
}

/** Explains a trained network, with one of its inputs in the reader's unit. */
async function explained(net: Weights, problem: Problem, params: Params): Promise<Explanation & { label: string }> {
  const { factor, example, baseline, kind, seed } = params;
  const { measured, outputs } = problem;
  const own = netInUnits(net, measured, factor);
  const model = netOf(own);
  try {
    const [seen, test] = [problem.train, problem.test].map((examples) => inUnits(examples, measured, factor));
    const output = outputOf(outputs, kind);
    const explanation = await explain(model, own, test!, {
      output,
      at: example,
      from: baselineOf(seen!, baseline),
      seed,
    });
    const right = test!.labels[example]!;
    return { ...explanation, label: outputs[right] && outputs.length > 1 ? outputs[right] : String(right) };
  } finally {
    model.dispose();
  }
}

/** The same run explained otherwise: in another unit, for another output or example, from another baseline. Nothing is trained. */
export async function explainAgain(result: Result, params: Params): Promise<Result> {
  check(params);
  return { ...result, ...(await explained(result.net, problemOf(params), params)) };
}

/**
 * The same run in another unit. The network says the same of every example, so all that comes from what it says stays, gradients times
 * inputs among it; only what looks at the weights is asked again.
 */
export function unitsAgain(result: Result, { factor: from }: Params, params: Params): Result {
  check(params);
  const { factor: to, kind } = params;
  const { net, measured, outputs, one, scores } = result;
  const own = byWeights(netInUnits(net, measured, to), outputOf(outputs, kind));
  const rescaled = (values: readonly number[]) => values.map((x, i) => (i === measured ? (x / from) * to : x));
  return {
    ...result,
    scores: [...own, ...scores.slice(own.length)],
    one: { ...one, x: rescaled(one.x), baseline: rescaled(one.baseline) },
  };
}

/**
 * Trains a small network on inputs that say something and one that does not, and asks by five methods which input matters; a judge
 * changes one input after the other and looks at what the network says.
 *
 * @param params - task, training, and what is explained
 * @param run - progress, and a way to stop
 */
export async function weightImportance(params: Params, { onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const problem = problemOf(params);
  const { inputs, outputs, test } = problem;
  const networks = 1 + (params.retrain ? inputs.length : 0);
  let done = 0;
  const tick = (label: string) => async () => {
    signal?.throwIfAborted();
    await onProgress?.({ done: ++done / (networks * params.steps), label });
  };
  const model = await train(problem.train, outputs.length, params, tick('training'));
  let net: Weights;
  let accuracy: number;
  try {
    net = await readNet(model);
    accuracy = accuracyOf(await saysOf(model, test), test);
  } finally {
    model.dispose();
  }
  const result: Result = {
    inputs,
    outputs,
    measured: problem.measured,
    net,
    accuracy,
    retrained: null,
    ...(await explained(net, problem, params)),
  };
  await onProgress?.({ done: done / (networks * params.steps), label: 'explaining', result });
  if (!params.retrain) return result;
  const retrained: number[] = [];
  for (const [input, name] of inputs.entries()) {
    const other = await train(without(problem.train, input), outputs.length, params, tick(`without ${name}`));
    try {
      const rest = without(test, input);
      retrained.push(accuracyOf(await saysOf(other, rest), rest));
    } finally {
      other.dispose();
    }
  }
  return { ...result, retrained };
}
