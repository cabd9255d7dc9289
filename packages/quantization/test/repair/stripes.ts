import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import { loadStock } from '@weightkit/testing';
import { quantizeModel } from '../../src/index.ts';
import { predict } from './helpers.ts';

export const CLASSES = 4;
const SIDE = 6;

/** Images of stripes: across, down and both ways aslant, with a phase, a contrast and noise of their own. */
export function stripes(count: number, seed: number) {
  const noise = fillNormal(new Float32Array(count * SIDE * SIDE), randomKey(seed, 'noise'), { std: 0.5 });
  const phase = fillUniform(new Float32Array(count), randomKey(seed, 'phase'), { min: 0, max: 6.3 });
  const values = noise.map((value, i) => {
    const [n, y, x] = [Math.floor(i / SIDE / SIDE), Math.floor(i / SIDE) % SIDE, i % SIDE];
    const along = [x, y, (x + y) * Math.SQRT1_2, (x - y) * Math.SQRT1_2][n % CLASSES]!;
    return value + Math.sin(1.8 * along + phase[n]!);
  });
  const labels = Float32Array.from({ length: count }, (_, n) => n % CLASSES);
  return { x: tf.tensor4d(values, [count, SIDE, SIDE, 1]), labels };
}

/** Convolution, depthwise and 1 x 1 convolution, each normalized, and a dense layer on what they give on average. */
export function mobileNet(): tf.Sequential {
  const norm = (name: string) => tf.layers.batchNormalization({ momentum: 0.8, name });
  const seed = (one: number) => tf.initializers.heNormal({ seed: one });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 8,
        kernelSize: 3,
        useBias: false,
        inputShape: [SIDE, SIDE, 1],
        kernelInitializer: seed(1),
        name: 'conv',
      }),
      norm('norm1'),
      tf.layers.reLU(),
      tf.layers.depthwiseConv2d({
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        depthwiseInitializer: seed(2),
        name: 'deep',
      }),
      norm('norm2'),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 16, kernelSize: 1, useBias: false, kernelInitializer: seed(3), name: 'point' }),
      norm('norm3'),
      tf.layers.reLU(),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: CLASSES, kernelInitializer: seed(4), name: 'out' }),
    ],
  });
}

/** Trains the last layer on what the others give, after their statistics were taken from the data: quick on every backend. */
export async function trainHead(model: tf.Sequential): Promise<void> {
  const { x, labels } = stripes(256, 1);
  let features: tf.Tensor = x;
  for (const layer of model.layers.slice(0, -1)) {
    if (layer.getClassName() === 'BatchNormalization')
      tf.tidy(() => {
        const { mean, variance } = tf.moments(features, [0, 1, 2]);
        layer.setWeights([tf.onesLike(mean), tf.zerosLike(mean), mean, variance]);
      });
    const next = tf.tidy(() => layer.apply(features) as tf.Tensor);
    features.dispose();
    features = next;
  }
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES));
  const head = model.layers.at(-1)!;
  const optimizer = tf.train.adam(0.2);
  for (let step = 0; step < 100; step++)
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, head.apply(features) as tf.Tensor));
  optimizer.dispose();
  tf.dispose([features, y]);
}

const STRETCH = 100;

/** One channel of two layers divided by 100, and multiplied by it where it is read: the outputs stay. */
export function stretch(model: tf.Sequential): void {
  const factors = (odd: number) => Float32Array.from({ length: 8 }, (_, i) => (i === odd ? 1 / STRETCH : 1));
  const weights = new Map(weightsOf(model).map((weight) => [weight.path, weight]));
  const multiply = (path: string, by: Float32Array, shape: number[]) =>
    tf.tidy(() => weights.get(path)!.write(tf.mul(weights.get(path)!.read(), tf.tensor(by, shape))));
  for (const [norm, next, shape, phase] of [
    ['norm1', 'deep/depthwiseKernel', [1, 1, 8, 1], 0],
    ['norm2', 'point/kernel', [1, 1, 8, 1], 5],
  ] as const) {
    const by = factors(phase);
    for (const name of ['gamma', 'beta']) multiply(`${norm}/${name}`, by, [8]);
    multiply(
      next,
      by.map((factor) => 1 / factor),
      [...shape],
    );
  }
}

/** The share of rows with the largest number at the same place. */
export function agreement(a: Float32Array, b: Float32Array): number {
  const top = (values: Float32Array, row: number) => {
    const own = values.subarray(row * CLASSES, (row + 1) * CLASSES);
    return own.indexOf(Math.max(...own));
  };
  const rows = a.length / CLASSES;
  return Array.from({ length: rows }, (_, row) => top(a, row) === top(b, row)).filter(Boolean).length / rows;
}

export async function inStock(model: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> {
  const { artifacts } = await quantizeModel(model, { dtype: { '**': 'uint8' } });
  const stock = await loadStock(artifacts);
  try {
    return await predict(stock, x);
  } finally {
    stock.dispose();
  }
}
