import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { glorotUniform, initialize } from '@weightkit/initializers';
import type { Examples } from './problem.ts';

/** The weights of a network with one hidden layer. */
export interface Weights {
  inputs: number;
  units: number;
  outputs: number;
  /** A row for each input, a column for each unit. */
  hidden: Float32Array;
  hiddenBias: Float32Array;
  /** A row for each unit, a column for each output. */
  out: Float32Array;
  outBias: Float32Array;
}

/** One hidden layer of tanh; then a chance for each of several outputs, or one for a single one. */
export function buildNet({ inputs, units, outputs }: Pick<Weights, 'inputs' | 'units' | 'outputs'>): tf.Sequential {
  const { dense } = tf.layers;
  return tf.sequential({
    layers: [
      dense({ name: 'hidden', units, activation: 'tanh', inputShape: [inputs] }),
      dense({ name: 'out', units: outputs, activation: outputs === 1 ? 'sigmoid' : 'softmax' }),
    ],
  });
}

/** Gives all weights their first values: those that layers of TensorFlow.js begin with. */
export const begin = (model: tf.LayersModel, seed: number) =>
  initialize(model, { '*/kernel': glorotUniform() }, { seed });

/** The model that has these weights; the caller disposes it. */
export function netOf(weights: Weights): tf.Sequential {
  const { inputs, units, outputs } = weights;
  const model = buildNet(weights);
  const values = tf.tidy(() => [
    tf.tensor2d(weights.hidden, [inputs, units]),
    tf.tensor1d(weights.hiddenBias),
    tf.tensor2d(weights.out, [units, outputs]),
    tf.tensor1d(weights.outBias),
  ]);
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

/** A model's weights, on the host. */
export async function readNet(model: tf.LayersModel): Promise<Weights> {
  const [hidden, hiddenBias, out, outBias] = await Promise.all(
    weightsOf(model).map(async ({ variable }) => ((await variable!.data()) as Float32Array).slice()),
  );
  const [units, outputs] = [hiddenBias!.length, outBias!.length];
  return {
    inputs: hidden!.length / units,
    units,
    outputs,
    hidden: hidden!,
    hiddenBias: hiddenBias!,
    out: out!,
    outBias: outBias!,
  };
}

/** The network for an input in another unit: its weights are divided by the factor, and it says the same. */
export function netInUnits(weights: Weights, input: number, factor: number): Weights {
  const hidden = weights.hidden.map((w, i) => (Math.floor(i / weights.units) === input ? w / factor : w));
  return { ...weights, hidden };
}

/** Examples as a tensor; the caller disposes it. */
export const inputsOf = ({ count, x }: Pick<Examples, 'count' | 'x'>): tf.Tensor2D =>
  tf.tensor2d(x, [count, x.length / count]);

/** What a network should say; the caller disposes it. */
export const targetsOf = ({ count, labels }: Examples, outputs: number): tf.Tensor2D =>
  tf.tidy(() =>
    outputs === 1
      ? tf.tensor2d(Float32Array.from(labels), [count, 1])
      : (tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), outputs), 'float32') as tf.Tensor2D),
  );

/** What a network says of examples: an array with the outputs of one after the other. */
export async function saysOf(model: tf.LayersModel, examples: Pick<Examples, 'count' | 'x'>): Promise<Float32Array> {
  const said = tf.tidy(() => model.apply(inputsOf(examples)) as tf.Tensor);
  const values = ((await said.data()) as Float32Array).slice();
  said.dispose();
  return values;
}

/** The share of examples that are right. */
export function accuracyOf(said: Float32Array, { count, labels }: Pick<Examples, 'count' | 'labels'>): number {
  const outputs = said.length / count;
  let right = 0;
  for (let i = 0; i < count; i++) {
    const own = said.subarray(i * outputs, (i + 1) * outputs);
    right += Number((outputs === 1 ? Number(own[0]! >= 0.5) : own.indexOf(Math.max(...own))) === labels[i]);
  }
  return right / count;
}
