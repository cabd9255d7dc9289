import * as tf from '@tensorflow/tfjs-core';
import { eachAtHand } from './each-at-hand.ts';
import { balanced, balancedGradient } from './sinkhorn-at-hand.ts';
import type { Structure } from './structure.ts';

// What is smaller goes there: at 0 no step of the map moves.
const LEAST = 1e-4;

// Rows and columns in turn, so many times.
const STEPS = 20;

/** By loops over values at hand; null where they are not, or are none that loops can take. */
const atHand = (x: tf.Tensor): tf.Tensor | null =>
  eachAtHand(x, (matrix, size) => {
    if (!matrix.every(Number.isFinite)) return null;
    const found = balanced(matrix, size, STEPS);
    return { value: found.value, gradient: (dy) => balancedGradient(matrix, found, dy, size, STEPS) };
  });

/** The same by operations. */
function byOperations(x: tf.Tensor): tf.Tensor {
  let logs = x;
  for (let i = 0; i < STEPS; i++)
    for (const axis of [x.rank - 1, x.rank - 2]) logs = tf.sub(logs, tf.logSumExp(logs, axis, true));
  return tf.exp(logs);
}

/**
 * Matrices of entries above 0 whose rows and columns add up to 1, by Sinkhorn's steps on eˣ in logarithms (Sinkhorn and Knopp 1967,
 * https://doi.org/10.2140/pjm.1967.21.343; in networks Mena et al. 2018, https://arxiv.org/abs/1802.08665). Columns come last and add up to
 * 1 to rounding, rows as near as twenty steps bring them.
 */
export const doublyStochastic: Structure = {
  map: (x) => (x.size === 0 ? tf.clone(x) : (atHand(x) ?? byOperations(x))),
  inverse: (w) => tf.log(tf.maximum(w, LEAST)),
};
