import * as tf from '@tensorflow/tfjs';
import { absoluteWeights, garson, gradientTimesInput, integratedGradients, olden } from '@weightkit/weight-metrics';
import { inputsOf, saysOf, type Weights } from './network.ts';
import type { Examples } from './problem.ts';
import { type Shuffled, shuffleInputs } from './shuffle.ts';

/** Points of the way at which integrated gradients take the gradient. */
export const STEPS = 48;
/** Places of the way at which the figure of one example is drawn. */
export const PLACES = 21;

/** Ways to ask which input mattered, and the judge. */
export const METHODS = ['|weights|', 'Garson', 'Olden', 'gradient × input', 'integrated gradients'] as const;
export type Method = (typeof METHODS)[number];
export const JUDGE = 'shuffled';

/** What a method says: a number for each input, with its sign where it has one, and magnitudes as parts of their sum. */
export interface Scores {
  method: Method | typeof JUDGE;
  scores: number[];
  shares: number[];
}

/** One example, explained. */
export interface Explained {
  /** Its inputs, and those of the baseline. */
  x: number[];
  baseline: number[];
  /** What the network says of both. */
  says: number;
  saysOfBaseline: number;
  gradientTimesInput: number[];
  integratedGradients: number[];
  /** How far the parts are from adding up to the change. */
  residual: number;
  /** What each input has added on the way from the baseline, a row for each place. */
  way: number[][];
}

export interface Explanation {
  scores: Scores[];
  shuffled: Shuffled;
  one: Explained;
  /** The largest residual of integrated gradients over all examples. */
  residual: number;
}

/** The place of the output that is explained; XOR has one. */
export const outputOf = (outputs: readonly string[], kind: string): number => Math.max(0, outputs.indexOf(kind));

/** Magnitudes as parts of their sum; zeros where all are 0. */
export function sharesOf(scores: readonly number[]): number[] {
  const sum = scores.reduce((total, score) => total + Math.abs(score), 0);
  return scores.map((score) => (sum === 0 ? 0 : Math.abs(score) / sum));
}

const told = (method: Scores['method'], scores: readonly number[]): Scores => ({
  method,
  scores: [...scores],
  shares: sharesOf(scores),
});

// #region weights
/** What the weights alone say of an output. */
export function byWeights(net: Weights, output: number): Scores[] {
  const hidden = { values: net.hidden, inputs: net.inputs, units: net.units };
  const out = { values: net.out, inputs: net.units, units: net.outputs };
  return [
    told('|weights|', [...absoluteWeights(hidden)]),
    told('Garson', [...garson(hidden, out, { output })]),
    told('Olden', [...olden([hidden, out], { output })]),
  ];
}
// #endregion

/** Means over examples of what each input got, in magnitude. */
function meansOf(values: Float32Array, inputs: number): number[] {
  const means = new Array<number>(inputs).fill(0);
  for (const [i, value] of values.entries()) means[i % inputs]! += (Math.abs(value) * inputs) / values.length;
  return means;
}

async function valuesOf(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  try {
    return await Promise.all(tensors.map(async (tensor) => ((await tensor.data()) as Float32Array).slice()));
  } finally {
    tf.dispose([...tensors]);
  }
}

// #region gradients
/** What gradients at the examples say of an output: parts of each example, one after the other. */
async function byGradients(model: tf.LayersModel, examples: Examples, output: number, from: readonly number[]) {
  const [x, baseline] = [inputsOf(examples), tf.tensor2d([...from], [1, from.length])];
  const parts = gradientTimesInput(model, x, { output });
  const { attributions, residual } = integratedGradients(model, x, { output, baseline, steps: STEPS });
  tf.dispose([x, baseline]);
  const [times, integrated, residuals] = await valuesOf([parts, attributions, residual]);
  return { times: times!, integrated: integrated!, residuals: residuals! };
}
// #endregion

/**
 * Asks which input mattered for an output, by all methods, and the judge.
 *
 * @param at - which of the examples is explained by itself
 * @param from - the baseline of integrated gradients
 */
export async function explain(
  model: tf.LayersModel,
  net: Weights,
  examples: Examples,
  { output, at, from, seed }: { output: number; at: number; from: readonly number[]; seed: number },
): Promise<Explanation> {
  const { inputs } = net;
  const { times, integrated, residuals } = await byGradients(model, examples, output, from);
  const shuffled = await shuffleInputs(model, examples, { output, seed });
  const of = (values: Float32Array) => Array.from(values.subarray(at * inputs, (at + 1) * inputs));
  const x = of(examples.x);
  const points = Array.from({ length: PLACES }, (_, k) => k / (PLACES - 1));
  const places = {
    count: PLACES,
    x: Float32Array.from(points.flatMap((share) => from.map((start, j) => start + share * (x[j]! - start)))),
    labels: new Uint8Array(PLACES),
  };
  const way = await byGradients(model, places, output, from);
  const said = await saysOf(model, { count: 2, x: Float32Array.from([...x, ...from]) });
  return {
    scores: [
      ...byWeights(net, output),
      told('gradient × input', meansOf(times, inputs)),
      told('integrated gradients', meansOf(integrated, inputs)),
      told(JUDGE, shuffled.moves),
    ],
    shuffled,
    residual: Math.max(...residuals.map(Math.abs)),
    one: {
      x,
      baseline: [...from],
      says: said[output]!,
      saysOfBaseline: said[net.outputs + output]!,
      gradientTimesInput: of(times),
      integratedGradients: of(integrated),
      residual: residuals[at]!,
      way: points.map((_, k) => Array.from(way.integrated.subarray(k * inputs, (k + 1) * inputs))),
    },
  };
}
