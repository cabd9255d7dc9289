import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkNumber } from '@weightkit/numerics/check';
import { unitNorms } from '../norms/normalize-weight.ts';
import { unitAxes } from '../norms/unit-axes.ts';

/** Which entries of a weight are one unit. */
export interface UnitOptions {
  /**
   * The axis, or axes, that number the units; `null`: the whole weight is one. The norm of a unit goes over all others. Keras's `axis`
   * names those others: its 0 for a dense kernel is our −1.
   *
   * @defaultValue the last axis
   */
  axis?: number | readonly number[] | null;
}

/** How the norms of units are bounded. */
export interface NormOptions extends UnitOptions {
  /**
   * What is added to a norm before it divides, 0 or more.
   *
   * @defaultValue 1e-7, as in Keras
   */
  epsilon?: number;
}

const isLength = (x: number): boolean => x >= 0 && x < Number.POSITIVE_INFINITY;

/** Throws unless a length is 0 or more, and finite. */
export const checkLength = (fn: string, name: string, value: unknown): void =>
  checkNumber(`${fn}: ${name} must be 0 or more, and finite`, value, isLength);

/** A float32 weight and its axes of units, checked. */
export function axesOf(fn: string, w: tf.Tensor, axis: UnitOptions['axis'] = -1): number[] {
  checkTensor(fn, 'w', w, 'float32');
  return unitAxes(fn, w.rank, axis);
}

/** w · wanted(norm) / (ε + norm) for each unit; a unit without a norm stays as it is. */
export function withNorms(
  w: tf.Tensor,
  axes: readonly number[],
  epsilon: number,
  wanted: (norms: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return tf.tidy(() => {
    const shape = w.shape.map((size, i) => (axes.includes(i) ? size : 1));
    const norms = tf.reshape(unitNorms(w, axes), shape);
    const divisor = tf.add(norms, epsilon);
    const dead = tf.cast(tf.equal(divisor, 0), 'float32');
    return tf.mul(w, tf.div(wanted(norms), tf.add(divisor, dead)));
  });
}
