import * as tf from '@tensorflow/tfjs-core';
import { eachAtHand } from './each-at-hand.ts';
import { polarFactor, polarGradient } from './polar-at-hand.ts';

// Each makes an error of e into ¾ e²; 12 bring 2 % of the largest singular value to 1.
const STEPS = 12;

/** Of more entries the operations of tfjs-node, whose products are native, take less time. */
const FEW = 1 << 12;

/**
 * The nearest matrices with orthonormal columns, by the iteration of Björck and Bowie, for each of `[n, long, short]`; differentiable. Where
 * columns begin orthonormal, gradients of what is computed from it keep them so in first order: steps need no projection.
 */
export function polar(x: tf.Tensor): tf.Tensor {
  const atHand = eachAtHand(
    x,
    (matrix, { rows: long, cols: short }) => {
      const size = { long, short };
      const factor = polarFactor(matrix, size);
      return factor && { value: factor.value, gradient: (dy) => polarGradient(factor, dy, size) };
    },
    FEW,
  );
  return atHand ?? byOperations(x);
}

/** The same where values are not at hand, in as many steps as columns need whose smallest singular value is 2 % of the largest. */
export function byOperations(x: tf.Tensor): tf.Tensor {
  const bound = tf.sqrt(tf.max(tf.sum(tf.abs(tf.matMul(x, x, true, false)), 2, true), 1, true));
  let q = tf.div(x, bound);
  for (let i = 0; i < STEPS; i++) q = tf.sub(tf.mul(1.5, q), tf.mul(0.5, tf.matMul(q, tf.matMul(q, q, true, false))));
  return q;
}
