import * as tf from '@tensorflow/tfjs-core';

/** A family of weights, by a map from free numbers of the same shape. */
export interface Structure {
  /** The weight that free numbers stand for; differentiable. */
  map(x: tf.Tensor): tf.Tensor;
  /** Free numbers of the nearest weight of the family; left out where a weight itself is that, so that `map` is a projection. */
  inverse?(w: tf.Tensor): tf.Tensor;
}

/** A family of weights, by a map from factors of other shapes. */
export interface FactorStructure {
  /** The weight of factors, in its shape; differentiable. */
  compose(factors: Readonly<Record<string, tf.Tensor>>, shape: number[]): tf.Tensor;
  /** Factors of the nearest weight of the family. */
  factors(w: tf.Tensor): Record<string, tf.Tensor>;
  /** The factors' names. */
  names: readonly string[];
}

/** Whether free numbers are factors. */
export const isFactored = (structure: Structure | FactorStructure): structure is FactorStructure =>
  'compose' in structure;

/** Each matrix of the last two axes, mirrored. */
export function transposed(x: tf.Tensor): tf.Tensor {
  const last = x.rank - 1;
  return tf.transpose(
    x,
    x.shape.map((_, i) => (i < last - 1 ? i : 2 * last - 1 - i)),
  );
}
