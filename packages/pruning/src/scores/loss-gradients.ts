import * as tf from '@tensorflow/tfjs-core';
import {
  batchLoss,
  checkLabelled,
  exclusively,
  gradientsOf,
  type LabelledData,
  type ModelLike,
  type OutputLoss,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkRange } from '@weightkit/numerics/check';
import type { Score } from './score.ts';

/** A loss of one output: from targets and predictions to a tensor, of which the mean counts. */
export type ScoreLoss = OutputLoss;

/** The data that a score is made from. */
export type ScoreData = LabelledData;

/** Gradients of a loss by path, downloaded. */
export type Gradients = ReadonlyMap<string, Float32Array>;

export const listOf = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);

/** The float32 weights that a variable holds, frozen ones too. */
export const floatWeights = (fn: string, model: ModelLike): Weight[] =>
  weightsOf(model, ({ dtype, variable }: Weight) => dtype === 'float32' && variable !== null, fn);

/** Downloads tensors one after another and disposes all. */
export async function downloaded(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  try {
    const all: Float32Array[] = [];
    for (const tensor of tensors) all.push(new Float32Array((await tensor.data()) as Float32Array));
    return all;
  } finally {
    tf.dispose(tensors as tf.Tensor[]);
  }
}

/**
 * The gradients of the mean loss of a batch by all float32 weights, frozen ones too, as the model computes when it predicts: without
 * dropout, with the moving statistics of BatchNorm.
 *
 * @param fn - the function that was called, for messages
 * @throws RangeError for a gradient that is not finite, by path and index; TypeError and RangeError for data that is not the
 * model's; Error when the model is not compiled and no loss is given
 */
export async function lossGradients(fn: string, model: ModelLike, data: ScoreData): Promise<Gradients> {
  checkLabelled(fn, model, data);
  const weights = floatWeights(fn, model);
  return exclusively(fn, weights, async () => {
    const variables = weights.map(({ variable }) => variable!);
    const gradients = await downloaded(gradientsOf(batchLoss(fn, model, data, variables), variables));
    for (const [i, { path }] of weights.entries()) checkFinite(fn, 'gradients', path, gradients[i]!);
    return new Map(weights.map(({ path }, i) => [path, gradients[i]!]));
  });
}

/**
 * A score from gradients, or another table with a number for each entry, and the weight.
 *
 * @param fn - what made it, for messages
 * @param of - from a weight and its gradient to the score, in a tidy; left out, the table is the score
 */
export function gradientScore(
  fn: string,
  gradients: Gradients,
  of: (w: tf.Tensor, gradient: tf.Tensor) => tf.Tensor = (_, g) => g,
): Score {
  return (w, { path }) => {
    const gradient = gradients.get(path);
    checkRange(
      gradient !== undefined && gradient.length === w.size,
      `${fn}: score must be of a weight of the model that it was made for`,
      path,
    );
    return of(w, tf.tensor(gradient, w.shape));
  };
}
