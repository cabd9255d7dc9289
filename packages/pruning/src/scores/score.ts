import * as tf from '@tensorflow/tfjs-core';
import { checkFinite, checkRange, checkType } from '@weightkit/numerics/check';

/** What a {@link Score} is told besides the weight. */
export interface ScoreContext {
  /** The weight's path in its model (`dense1/kernel`); empty where a bare tensor is masked. */
  readonly path: string;
  /**
   * The same with names that tfjs made up counted by their place, so that a model built twice has it twice; what seeds go by.
   *
   * @defaultValue the path
   */
  readonly stablePath?: string;
  /** The axes whose indices number the outputs of its layer; undefined where they are not known, as of a bare tensor. */
  readonly outputAxes?: readonly number[];
}

/**
 * Says how much each entry of a weight matters: a numeric tensor of the weight's shape, larger = kept longer. Finite, its
 * order alone counts. It runs in a tidy; the weight is borrowed and so is a result made outside (a table of saliencies).
 */
export type Score = (w: tf.Tensor, context: ScoreContext) => tf.Tensor;

/**
 * Runs a score and downloads the result, after the weight itself was found finite.
 *
 * @param fn - the function that was called, for messages
 * @param path - the weight's path, for the score
 * @param w - the weight; borrowed
 * @param score - the score
 * @param stablePath - the weight's stable path, for the score
 * @returns the scores, row-major; a copy that belongs to the caller
 * @throws RangeError for NaN or infinity in the weight or its scores, by path and index, and for another shape
 */
export async function scoreValues(
  fn: string,
  path: string,
  w: tf.Tensor,
  score: Score,
  stablePath = path,
): Promise<Float32Array> {
  const label = path === '' ? 'w' : path;
  checkFinite(fn, 'weights', label, (await w.data()) as Float32Array);
  const scores = tf.tidy(() => {
    const given = score(w, { path, stablePath });
    checkType(given instanceof tf.Tensor, `${fn}: score of ${label} must return a tensor`, given);
    checkRange(
      tf.util.arraysEqual(given.shape, w.shape),
      `${fn}: score of ${label} must have shape [${w.shape}]`,
      given.shape,
    );
    return tf.cast(given, 'float32');
  });
  try {
    const values = new Float32Array((await scores.data()) as Float32Array);
    checkFinite(fn, 'scores', label, values);
    return values;
  } finally {
    scores.dispose();
  }
}

/**
 * The scores of several weights, one after another.
 *
 * @param sources - what has a path and a value to read; the value is disposed here
 */
export async function scoreAll(
  fn: string,
  sources: readonly { readonly path: string; readonly stablePath?: string; read(): tf.Tensor }[],
  score: Score,
): Promise<Float32Array[]> {
  const scores: Float32Array[] = [];
  for (const source of sources) {
    const value = source.read();
    try {
      scores.push(await scoreValues(fn, source.path, value, score, source.stablePath));
    } finally {
      value.dispose();
    }
  }
  return scores;
}
