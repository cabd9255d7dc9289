import * as tf from '@tensorflow/tfjs-core';
import { isParametrized, parametrize, type Weight } from '@weightkit/core';

/**
 * Runs something while weights have other values, and puts back what was there, to the bit, whatever happens.
 *
 * @param weights - from `weightsOf`
 * @param values - those of some of them, by path
 */
export async function withValues<T>(
  weights: readonly Weight[],
  values: ReadonlyMap<string, Float32Array>,
  work: () => Promise<T>,
): Promise<T> {
  const undo: (() => void)[] = [];
  try {
    for (const weight of weights) {
      const value = values.get(weight.path);
      if (value) undo.push(put(weight, value));
    }
    return await work();
  } finally {
    for (const one of undo.reverse()) one();
  }
}

/**
 * Gives a weight a value; what is returned takes it back, to the bit.
 *
 * @param value - borrowed
 */
export function putValue(weight: Weight, value: tf.Tensor): () => void {
  if (weight.property !== null && weight.layer !== null && isParametrized(weight.layer)) {
    // Over its parametrizations, for a way back through their right inverses would move the raw weight.
    const kept = tf.keep(tf.clone(value));
    const handle = parametrize(weight, { forward: () => tf.clone(kept) });
    return () => {
      handle.restore();
      kept.dispose();
    };
  }
  const { variable } = weight;
  const before = tf.keep(weight.read());
  weight.write(value);
  return () => {
    if (!variable?.isDisposed) weight.write(before);
    before.dispose();
  };
}

function put(weight: Weight, values: Float32Array): () => void {
  const value = tf.tensor(values, [...weight.shape], 'float32');
  try {
    return putValue(weight, value);
  } finally {
    value.dispose();
  }
}
