import * as tf from '@tensorflow/tfjs-core';
import { valuesAtHand } from '@weightkit/core';
import { type Balanced, balanced, balancedGradient } from './sinkhorn-at-hand.ts';
import type { Structure } from './structure.ts';

// What is smaller goes there: at 0 no step of the map moves.
const LEAST = 1e-4;

// Rows and columns in turn, so many times.
const STEPS = 20;

/** By loops over values at hand; null where they are not, or are none that loops can take. */
function atHand(x: tf.Tensor): tf.Tensor | null {
  const values = valuesAtHand(x)?.slice();
  if (!values?.every(Number.isFinite)) return null;
  const [rows, cols] = x.shape.slice(-2) as [number, number];
  const [size, length] = [{ rows, cols }, rows * cols];
  const matrices = Array.from({ length: values.length / length }, (_, i) =>
    values.subarray(i * length, (i + 1) * length),
  );
  const all: Balanced[] = matrices.map((one) => balanced(one, size, STEPS));
  const joined = (of: (i: number) => Float64Array): tf.Tensor => {
    const result = new Float32Array(values.length);
    for (const i of all.keys()) result.set(of(i), i * length);
    return tf.tensor(result, x.shape);
  };
  const op = tf.customGrad((_given) => ({
    value: joined((i) => all[i]!.value),
    gradFunc: (dy: tf.Tensor) => {
      const slopes = valuesAtHand(dy) ?? dy.dataSync();
      return joined((i) =>
        balancedGradient(matrices[i]!, all[i]!, slopes.subarray(i * length, (i + 1) * length), size, STEPS),
      );
    },
  }));
  return op(x);
}

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
