import * as tf from '@tensorflow/tfjs-core';
import type { CallWrapper, LayerLike } from '@weightkit/core';

interface Readable {
  read(): tf.Tensor;
}

/** The fields of a tfjs BatchNormalization that its formula needs. */
interface BatchNormFields extends LayerLike {
  axis: number;
  epsilon: number;
  movingMean: Readable;
  movingVariance: Readable;
  gamma?: Readable;
  beta?: Readable;
}

/** γ (x − μ) / √(σ² + ε) + β with the moving μ and σ², in differentiable ops. */
function normalized(layer: BatchNormFields, x: tf.Tensor): tf.Tensor {
  const { axis, epsilon, movingMean, movingVariance, gamma, beta } = layer;
  const shape = x.shape.map((size, i) => (i === (axis + x.rank) % x.rank ? size : 1));
  const along = (weight: Readable): tf.Tensor => tf.reshape(weight.read(), shape);
  const centered = tf.sub(x, along(movingMean));
  const standard = tf.div(centered, tf.sqrt(tf.add(along(movingVariance), epsilon)));
  const scaled = gamma ? tf.mul(standard, along(gamma)) : standard;
  return beta ? tf.add(scaled, along(beta)) : scaled;
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
    return tf.tidy(() => normalized(fields, x));
  };
}
