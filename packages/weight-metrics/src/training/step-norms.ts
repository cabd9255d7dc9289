import * as tf from '@tensorflow/tfjs-core';
import { stagedSum } from '../values/staged-sum.ts';

/** So many steps are kept as tensors of one number, before they become one tensor. */
const RUN = 64;

/** The norms of the gradients of many steps; nothing is downloaded before `read`. */
export interface StepNorms {
  /** Takes the gradient of a step, borrowed. */
  add(gradient: tf.Tensor): void;
  /** The norm of each step, of which there must be one, in float64; NaN or infinite where an entry was. */
  read(): Promise<Float64Array>;
  /** Frees what it holds and starts anew. */
  clear(): void;
}

/**
 * Σ (g / c)² and c, the largest magnitude: no square of an entry over- or underflows. c keeps within the normal numbers whose
 * reciprocals are normal too, since WebGPU may divide by multiplying with 1 / c; entries of g / c stay below 4.
 */
function scaledSquares(gradient: tf.Tensor): [squares: tf.Tensor, scale: tf.Tensor] {
  const scale = tf.clipByValue(tf.max(tf.abs(gradient)), 2 ** -126, 2 ** 126);
  return [stagedSum(tf.square(tf.div(gradient, scale))), scale];
}

/** Norms of no steps yet. A step keeps two numbers, from which the reader makes the norm: that is fewer operations in the step. */
export function stepNorms(): StepNorms {
  let runs: tf.Tensor[] = [];
  let last: tf.Tensor[] = [];
  return {
    add(gradient) {
      const made = tf.tidy(() => (gradient.size === 0 ? [tf.scalar(0), tf.scalar(1)] : scaledSquares(gradient)));
      last.push(...made.map((tensor) => tf.keep(tensor)));
      if (last.length < 2 * RUN) return;
      runs.push(tf.keep(tf.stack(last)));
      tf.dispose(last);
      last = [];
    },
    async read() {
      const all = tf.tidy(() => tf.concat([...runs, ...(last.length > 0 ? [tf.stack(last)] : [])]));
      try {
        const values = await all.data();
        return Float64Array.from(
          { length: values.length / 2 },
          (_, i) => values[2 * i + 1]! * Math.sqrt(values[2 * i]!),
        );
      } finally {
        all.dispose();
      }
    },
    clear() {
      tf.dispose([runs, last]);
      runs = [];
      last = [];
    },
  };
}
