import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { initialize, torchDefault } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { compare, snapshot } from '@weightkit/weight-metrics';
import { byHand, type Layer, type Neuron } from './by-hand.ts';

export interface Params {
  /** Of the starting weights; each restart takes the next ones. */
  seed: number;
  /** Steps after which the weights start anew; 0 for never. */
  restartEvery: number;
  /** Whether Adam starts anew as well. The notebook's does not. */
  resetAdam: boolean;
  /** Steps after which to give up. */
  maxSteps: number;
  /** The example that is computed by hand. */
  input: '0, 0' | '0, 1' | '1, 0' | '1, 1';
}

/** From one start to the next. */
export interface Attempt {
  /** Steps taken before it began. */
  start: number;
  /** Largest change of a weight over its first 10 steps; NaN if it had fewer. */
  early: number;
}

/** What the model predicts for an example, what the sums by hand give, and how far apart the two are. */
export interface Example {
  x: [number, number];
  y: number;
  predicted: number;
  byHand: number;
  difference: number;
}

export interface Result {
  /** Loss before each step. */
  loss: number[];
  attempts: Attempt[];
  /** Whether the loss came down to 0.01. */
  learned: boolean;
  layers: Layer[];
  examples: Example[];
  /** The neurons for the chosen example. */
  neurons: Neuron[];
}

export const INPUTS: [number, number][] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
export const TARGETS = [0, 1, 1, 0];
export const GOAL = 0.01;

/** The network's answer by hand: the output of its last neuron. */
export const answer = (layers: readonly Layer[], x: readonly number[]): number => byHand(layers, x).at(-1)!.output;

/** Weights and biases in the notebook's words, each with the neurons that it really joins. */
export function dump(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ kernel, bias }, l) => [
    ...bias.map((b, to) => `${l}B -> L${l + 1}N${to}: ${b}`),
    ...kernel.flatMap((row, from) => row.map((weight, to) => `L${l}N${from} -> L${l + 1}N${to} = ${weight}`)),
  ]);
}

/** What the notebook's loop prints for the same network: it takes PyTorch's rows, the outputs, for the inputs. */
export function dumpAsNotebook(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ kernel, bias }, l) => [
    ...bias.map((b, to) => `${l}B -> L${l + 1}N${to}: ${b}`),
    ...bias.flatMap((_, row) => kernel.map((from, col) => `L${l}N${row} -> L${l + 1}N${col} = ${from[row]}`)),
  ]);
}

function check({ seed, restartEvery, maxSteps, input }: Params): void {
  const fn = 'computeByHand';
  checkRange(Number.isSafeInteger(seed) && Math.abs(seed) < 2 ** 32, `${fn}: seed must be an integer below 2^32`, seed);
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  checkRange(whole(restartEvery, 0), `${fn}: restartEvery must be an integer of 0 or more`, restartEvery);
  checkRange(whole(maxSteps, 1), `${fn}: maxSteps must be an integer of 1 or more`, maxSteps);
  checkRange(inputOf(input) !== undefined, `${fn}: input must be one of the four examples, as '0, 1'`, input);
}

const inputOf = (text: string): [number, number] | undefined => INPUTS.find((x) => x.join(', ') === text);

/** The same trained network with the sums for another input, which takes no training. */
export const withInput = (result: Result, input: Params['input']): Result => ({
  ...result,
  neurons: byHand(result.layers, inputOf(input)!),
});

/** Kernel and bias of each layer, off the device. */
async function layersOf(model: tf.Sequential): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const [i, { name }] of model.layers.entries()) {
    const values = await snapshot(model, { filter: `${name}/*` });
    const bias = Array.from(values.get(`${name}/bias`)!);
    const flat = Array.from(values.get(`${name}/kernel`)!);
    const kernel = [0, 1].map((from) => flat.slice(from * bias.length, (from + 1) * bias.length));
    layers.push({ kernel, bias, activation: i === 0 ? 'sigmoid' : 'linear' });
  }
  return layers;
}

/**
 * Trains a 2-2-1 network on XOR as the notebook does, starts anew every so many steps, takes the nine trained numbers out
 * and computes the network's answers again by hand.
 *
 * @param params - seed, when and how to start anew, when to give up, and which example to compute
 * @param run - progress with the result so far, and a way to stop
 */
export async function computeByHand(
  params: Params,
  { onProgress, signal }: Omit<Run<Result>, 'data'>,
): Promise<Result> {
  checkOptions('computeByHand', params, ['seed', 'restartEvery', 'resetAdam', 'maxSteps', 'input']);
  check(params);
  const { seed, restartEvery, resetAdam, maxSteps, input } = params;
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'hidden', units: 2, activation: 'sigmoid', inputShape: [2] }),
      tf.layers.dense({ name: 'output', units: 1 }),
    ],
  });
  const x = tf.tensor2d(INPUTS);
  const y = tf.tensor2d(TARGETS, [4, 1]);
  const [w1, b1, w2, b2] = weightsOf(model).map(({ variable }) => variable!);
  const meanSquaredError = () => {
    const hidden = tf.sigmoid(tf.add(tf.matMul(x, w1!), b1!));
    const output = tf.add(tf.matMul(hidden, w2!), b2!);
    return tf.mean(tf.square(tf.sub(output, y))) as tf.Scalar;
  };
  // PyTorch's default constants.
  const newAdam = () => tf.train.adam(0.01, 0.9, 0.999, 1e-8);
  const result: Result = { loss: [], attempts: [], learned: false, layers: [], examples: [], neurons: [] };
  let adam = newAdam();
  let start = await restart();

  async function restart() {
    initialize(model, { '**': torchDefault() }, { seed: 1000 * seed + result.attempts.length });
    result.attempts.push({ start: result.loss.length, early: Number.NaN });
    return snapshot(model);
  }

  async function look(): Promise<Result> {
    const layers = await layersOf(model);
    const prediction = tf.tidy(() => model.predict(x) as tf.Tensor);
    const predicted = await prediction.data();
    prediction.dispose();
    const examples = INPUTS.map((x, i): Example => {
      const [p, h] = [predicted[i]!, answer(layers, x)];
      return { x, y: TARGETS[i]!, predicted: p, byHand: h, difference: Math.abs(p - h) };
    });
    Object.assign(result, { layers, examples });
    const now = { ...result, loss: [...result.loss], attempts: result.attempts.map((attempt) => ({ ...attempt })) };
    return withInput(now, input);
  }

  try {
    for (let step = 1; step <= maxSteps && !result.learned; step++) {
      signal?.throwIfAborted();
      const cost = adam.minimize(meanSquaredError, true)!;
      const [loss] = await cost.data();
      cost.dispose();
      result.loss.push(loss!);
      result.learned = loss! <= GOAL;
      const attempt = result.attempts.at(-1)!;
      if (step - attempt.start === 10)
        attempt.early = Math.max(...(await compare(start, model)).map((d) => (d.matched ? d.maxAbs : 0)));
      if (restartEvery > 0 && step % restartEvery === 0 && step < maxSteps && !result.learned) {
        start = await restart();
        if (resetAdam) {
          adam.dispose();
          adam = newAdam();
        }
      }
      if (step % 100 === 1)
        await onProgress?.({
          done: step / maxSteps,
          label: `step ${step}, loss ${loss!.toFixed(4)}`,
          result: await look(),
        });
    }
    return await look();
  } finally {
    tf.dispose([x, y]);
    model.dispose();
    adam.dispose();
  }
}
