import * as tf from '@tensorflow/tfjs';
import { type Weight, weightsOf } from '@weightkit/core';
import type { Digits } from '@weightkit/datasets';
import { glorotNormal, heNormal, initialize } from '@weightkit/initializers';
import { foldIn, permutation, randomKey } from '@weightkit/numerics';
import { imagesOf } from '../seeing-filters/network.ts';
import { INPUTS } from '../siamese/size.ts';

/** Units of each layer; the last are the ten digits. */
export const UNITS = [128, 64, 10] as const;
export const LAYERS = ['hidden1', 'hidden2', 'digits'] as const;
/** Images of a step. */
export const BATCH = 64;
const RATE = 0.01;

/** The weights of a network as plain data, layer by layer. */
export interface Net {
  /** Row by row: a row for each input, a column for each unit. */
  kernels: Float32Array[];
  biases: Float32Array[];
}

// #region network
/** 196-128-64-10, with the first weights of a seed. The caller disposes it. */
export function buildNet(seed: number): tf.Sequential {
  const model = tf.sequential({
    layers: UNITS.map((units, i) =>
      tf.layers.dense({
        name: LAYERS[i]!,
        units,
        activation: i < 2 ? 'relu' : 'softmax',
        ...(i === 0 ? { inputShape: [INPUTS] } : {}),
      }),
    ),
  });
  begin(model, seed);
  return model;
}
// #endregion

/** Gives the kernels of a network the first values of a seed. */
export function begin(model: tf.LayersModel, seed: number): void {
  initialize(model, { 'hidden*/kernel': heNormal(), 'digits/kernel': glorotNormal() }, { seed });
}

/** The same network with these weights. The caller disposes it. */
export function netOf({ kernels, biases }: Net): tf.Sequential {
  const model = buildNet(0);
  tf.tidy(() => {
    for (const [i, layer] of model.layers.entries())
      layer.setWeights([
        tf.tensor2d(kernels[i]!, [kernels[i]!.length / UNITS[i]!, UNITS[i]!]),
        tf.tensor1d(biases[i]!),
      ]);
  });
  return model;
}

/** The weights as plain data, as the network computes with them: zeros under masks. */
export async function readNet(model: tf.LayersModel): Promise<Net> {
  const net: Net = { kernels: [], biases: [] };
  for (const weight of weightsOf(model)) {
    const tensor = weight.read();
    const values = ((await tensor.data()) as Float32Array).slice();
    tensor.dispose();
    (weight.property === 'kernel' ? net.kernels : net.biases).push(values);
  }
  return net;
}

/** Images, and the digits that they show. */
export interface Examples {
  x: tf.Tensor2D;
  labels: tf.Tensor1D;
  count: number;
}

/** Digits of 14 × 14 pixels, one after the other. The caller disposes both tensors. */
export function examplesOf(digits: Digits): Examples {
  const { count } = digits;
  const labels = tf.tensor1d(Int32Array.from(digits.labels), 'int32');
  return { x: tf.tidy(() => tf.reshape(imagesOf(digits), [count, INPUTS])), labels, count };
}

/** The share of examples that a network has right. */
export async function accuracyOf(model: tf.LayersModel, { x, labels, count }: Examples): Promise<number> {
  const right = tf.tidy(() => {
    const said = tf.argMax(model.predict(x, { batchSize: count }) as tf.Tensor, 1);
    return tf.sum(tf.cast(tf.equal(said, labels), 'int32'));
  });
  const [number] = await right.data();
  right.dispose();
  return number! / count;
}

/** x · w. Its gradients turn a matrix first: asked for in one go, such products take five times as long on wasm. */
const product = tf.customGrad((x, w, save) => {
  const [values, kernel] = [x, w] as [tf.Tensor2D, tf.Tensor2D];
  (save as tf.GradSaveFunc)([values, kernel]);
  return {
    value: tf.matMul(values, kernel),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [of, by] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy as tf.Tensor2D, tf.transpose(by)), tf.matMul(tf.transpose(of), dy as tf.Tensor2D)];
    },
  };
}) as (x: tf.Tensor2D, w: tf.Tensor2D) => tf.Tensor2D;

// #region train
/** The ten scores of each image, each layer's by y = x · w + b. Weights under masks are read as the network computes with them. */
function scoresOf(weights: readonly Weight[], x: tf.Tensor2D): tf.Tensor2D {
  return LAYERS.reduce<tf.Tensor2D>((values, _, i) => {
    const [kernel, bias] = [weights[2 * i]!.read() as tf.Tensor2D, weights[2 * i + 1]!.read()];
    const sums = tf.add(product(values, kernel), bias) as tf.Tensor2D;
    return i < 2 ? tf.relu(sums) : sums;
  }, x);
}

/**
 * Trains a network for some steps by a new Adam, always with the same images in the same order for a seed; `before` is awaited before
 * each step, with the optimizer.
 */
export async function trainNet(
  model: tf.LayersModel,
  { x, labels, count }: Examples,
  steps: number,
  seed: number,
  before: (optimizer: tf.Optimizer) => void | Promise<void>,
): Promise<void> {
  const optimizer = tf.train.adam(RATE);
  const weights = weightsOf(model);
  const key = randomKey(seed, 'order');
  const order: number[] = [];
  for (let pass = 0; order.length < steps * BATCH; pass++) order.push(...permutation(count, foldIn(key, pass)));
  try {
    for (let step = 0; step < steps; step++) {
      await before(optimizer);
      tf.tidy(() => {
        const chosen = tf.tensor1d(Int32Array.from(order.slice(step * BATCH, (step + 1) * BATCH)), 'int32');
        const right = tf.oneHot(tf.gather(labels, chosen), 10);
        const images = tf.gather(x, chosen);
        optimizer.minimize(() => tf.losses.softmaxCrossEntropy(right, scoresOf(weights, images)) as tf.Scalar);
      });
    }
  } finally {
    optimizer.dispose();
  }
}
// #endregion
