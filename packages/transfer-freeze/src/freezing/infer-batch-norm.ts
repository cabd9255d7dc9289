import * as tf from '@tensorflow/tfjs-core';
import type { CallWrapper, LayerLike } from '@weightkit/core';

interface Readable {
  read(): tf.Tensor;
}

/** The fields of a tfjs BatchNormalization that its formula needs. */
export interface BatchNormFields extends LayerLike {
  axis: number;
  epsilon: number;
  movingMean: Readable;
  movingVariance: Readable;
  gamma?: Readable;
  beta?: Readable;
}

/** The axis of the channels, from the first. */
export const channelAxis = ({ axis }: BatchNormFields, { rank }: tf.Tensor): number => (axis + rank) % rank;

/** γ (x − μ) / √(σ² + ε) + β in differentiable ops. */
export function normalized(layer: BatchNormFields, x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor): tf.Tensor {
  const { epsilon, gamma, beta } = layer;
  const channels = channelAxis(layer, x);
  const shape = x.shape.map((size, i) => (i === channels ? size : 1));
  const along = (value: tf.Tensor): tf.Tensor => tf.reshape(value, shape);
  const centered = tf.sub(x, along(mean));
  const standard = tf.div(centered, tf.sqrt(tf.add(along(variance), epsilon)));
  const scaled = gamma ? tf.mul(standard, along(gamma.read())) : standard;
  return beta ? tf.add(scaled, along(beta.read())) : scaled;
}

/**
 * Runs a BatchNorm layer in inference mode whatever its caller asks for. A layer without gamma or beta gets the formula in
 * training: the fused op of tfjs 4.22 has no gradient there ("Cannot read properties of undefined").
 */
export function inferenceCall(layer: LayerLike): CallWrapper {
  const fields = layer as BatchNormFields;
  return (call, inputs, kwargs) => {
    if (!kwargs.training || (fields.gamma && fields.beta)) return call(inputs, { ...kwargs, training: false });
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    return tf.tidy(() => normalized(fields, x, fields.movingMean.read(), fields.movingVariance.read()));
  };
}
