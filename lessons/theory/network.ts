import * as tf from '@tensorflow/tfjs';
import type { Digits } from '@weightkit/datasets';
import { initialize, normal, varianceScaling } from '@weightkit/initializers';
import { halved } from '../siamese/network.ts';
import { INPUTS } from '../siamese/size.ts';

const CLASSES = 10;

/** How a network starts. */
export interface Start {
  /** Kernels are this many times as large as He's law has them. */
  scale: number;
  /** Standard deviation of the biases. */
  bias: number;
  /** Units of each of the two hidden layers. */
  units: number;
}

/** Shapes of the weights: kernel and bias of each layer. */
export const shapesOf = (units: number): number[][] => [
  [INPUTS, units],
  [units],
  [units, units],
  [units],
  [units, CLASSES],
  [CLASSES],
];
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** Digits as the network takes them: means of 2 × 2 pixels, in [0, 1], a row each; the caller disposes it. */
export const imagesOf = (digits: Pick<Digits, 'count' | 'pixels'>): tf.Tensor2D =>
  tf.tensor2d(halved(digits), [digits.count, INPUTS]);

/** A one in the place of each label; the caller disposes it. */
export const targetsOf = ({ labels }: Pick<Digits, 'labels'>): tf.Tensor2D =>
  tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), CLASSES), 'float32') as tf.Tensor2D);

export const crossEntropy = (labels: tf.Tensor, logits: tf.Tensor): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(labels, logits) as tf.Scalar;

// #region start
/** A classifier of digits whose kernels follow He's law, times the scale. */
export function buildNet({ scale, bias, units }: Start, seed: number): tf.Sequential {
  const { dense } = tf.layers;
  const model = tf.sequential({
    layers: [
      dense({ name: 'one', units, activation: 'relu', inputShape: [INPUTS] }),
      dense({ name: 'two', units, activation: 'relu' }),
      dense({ name: 'digits', units: CLASSES }),
    ],
  });
  const he = varianceScaling({ scale: 2 * scale ** 2, mode: 'fanIn', distribution: 'normal' });
  initialize(model, { '*/kernel': he, '*/bias': normal({ std: bias }) }, { seed });
  return model;
}
// #endregion

/** All weights of a network, one after the other. */
export async function readNet(model: tf.LayersModel): Promise<Float32Array> {
  const all = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return Float32Array.from(all.flatMap((values) => Array.from(values)));
}

/** Weights that stand one after the other, each with its shape; the caller disposes them. */
export function weightsOf(flat: Float32Array, units: number): tf.Tensor[] {
  let at = 0;
  return shapesOf(units).map((shape) => {
    const from = at;
    at += sizeOf(shape);
    return tf.tensor(flat.slice(from, at), shape);
  });
}

/** What the network with these weights answers. */
export function logitsOf(images: tf.Tensor, weights: readonly tf.Tensor[]): tf.Tensor {
  const [one, oneBias, two, twoBias, digits, digitsBias] = weights as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const first = tf.relu(tf.add(tf.matMul(images, one), oneBias));
  const second = tf.relu(tf.add(tf.matMul(first, two), twoBias));
  return tf.add(tf.matMul(second, digits), digitsBias);
}
