import * as tf from '@tensorflow/tfjs-core';
import { eachAtHand } from './each-at-hand.ts';
import { balanced, balancedGradient } from './sinkhorn-at-hand.ts';
import type { Structure } from './structure.ts';

// What is smaller goes there: at 0 no step of the map moves.
const LEAST = 1e-4;

// Rows and columns in turn, so many times.
const STEPS = 20;

/** By operations, where values are not at hand. */
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
  map(x) {
    if (x.size === 0) return tf.clone(x);
    const atHand = eachAtHand(x, (m, size) => {
      if (!m.every(Number.isFinite)) return null;
      const found = balanced(m, size, STEPS);
      return { value: found.value, gradient: (dy) => balancedGradient(m, found, dy, size, STEPS) };
    });
    return atHand ?? byOperations(x);
  },
  inverse: (w) => tf.log(tf.maximum(w, LEAST)),
};
