import * as tf from '@tensorflow/tfjs-core';
import {
  checkModelAndBatch,
  checkTensor,
  checkTensors,
  exclusively,
  gradientsOf,
  type ModelLike,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkFunction, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { Score } from './score.ts';

/** A loss of one output: from targets and predictions to a tensor, of which the mean counts. */
export type ScoreLoss = (y: tf.Tensor, prediction: tf.Tensor) => tf.Tensor;

/** The data that a score is made from. */
export interface ScoreData {
  /** A batch of inputs: a tensor, or one for each input of the model. Borrowed. */
  x: tf.Tensor | tf.Tensor[];
  /** Its targets: a tensor, or one for each output. Borrowed. */
  y: tf.Tensor | tf.Tensor[];
  /**
   * The loss of an output. Of several outputs the losses add up.
   *
   * @defaultValue what the model was compiled with
   */
  loss?: ScoreLoss;
}

/** A model that computes on a batch. */
export interface Applied extends ModelLike {
  outputs: readonly unknown[];
  /** There once the model is compiled; of a Sequential the model within has it. */
  lossFunctions?: readonly ScoreLoss[];
  model?: Applied;
  apply(x: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[];
}

/** Gradients of a loss by path, downloaded. */
export type Gradients = ReadonlyMap<string, Float32Array>;

export const listOf = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);

/** The loss of each output. */
function lossesOf(fn: string, model: Applied, loss: ScoreLoss | undefined): readonly ScoreLoss[] {
  if (loss !== undefined) return model.outputs.map(() => loss);
  const compiled = model.lossFunctions ?? model.model?.lossFunctions;
  if (!compiled) throw new Error(`${fn}: model must be compiled, or loss be given, got neither`);
  return compiled;
}

/**
 * Throws unless data is a batch of the model's inputs and targets.
 *
 * @param fn - the function that was called, for messages
 */
export function checkData(fn: string, model: ModelLike, data: ScoreData): asserts model is Applied {
  checkOptions(fn, data, ['x', 'y', 'loss'], 'data');
  checkType(typeof data === 'object' && data !== null, `${fn}: data must be { x, y }`, data);
  checkModelAndBatch(fn, model, data.x, 'x');
  const targets = checkTensors(fn, 'y', data.y);
  for (const target of targets) checkTensor(fn, 'y', target, 'float32', 'int32', 'bool');
  const { outputs } = model as Applied;
  checkRange(targets.length === outputs.length, `${fn}: y must have ${outputs.length} tensors`, targets.length);
  const examples = listOf(data.x)[0]!.shape[0];
  for (const { shape } of targets)
    checkRange(shape[0] === examples, `${fn}: y must have as many examples as x, ${examples}`, shape);
  if (data.loss !== undefined) checkFunction(fn, 'loss', data.loss);
}

/** Adds 0 · Σ w of each weight: one that no output depends on has the gradient 0, and is no error. */
export const reaching = (loss: tf.Tensor, variables: readonly tf.Variable[]): tf.Tensor =>
  variables.reduce<tf.Tensor>((sum, variable) => tf.add(sum, tf.mul(0, tf.sum(variable))), loss);

/**
 * The mean loss of a batch as a function without arguments, in which each of the variables has a part.
 *
 * @param temperature - what predictions are divided by
 */
export function totalLoss(
  fn: string,
  model: Applied,
  data: ScoreData,
  variables: readonly tf.Variable[],
  temperature = 1,
): () => tf.Tensor {
  const losses = lossesOf(fn, model, data.loss);
  const targets = listOf(data.y);
  return () => {
    const parts = listOf(model.apply(data.x)).map((prediction, i) => {
      const scaled = temperature === 1 ? prediction : tf.div(prediction, temperature);
      const part: unknown = losses[i]!(targets[i]!, scaled);
      checkType(part instanceof tf.Tensor, `${fn}: loss must return a tensor`, part);
      return tf.mean(part as tf.Tensor);
    });
    return reaching(tf.addN(parts), variables);
  };
}

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
  checkData(fn, model, data);
  const weights = floatWeights(fn, model);
  return exclusively(fn, weights, async () => {
    const variables = weights.map(({ variable }) => variable!);
    const gradients = await downloaded(gradientsOf(totalLoss(fn, model, data, variables), variables));
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
