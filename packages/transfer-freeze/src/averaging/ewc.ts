import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import {
  checkLayer,
  exclusively,
  type LayerLike,
  type ModelLike,
  type Weight,
  type WeightFilter,
} from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { floatsIn } from '../transfer/floats-in.ts';
import { type AveragedVariable, averagedVariables, floatWeights } from './averaged-variables.ts';
import { checkHold, holdTo, type StartingPoint } from './hold-to.ts';

/** Options of {@link ewc}. */
export interface EwcOptions {
  /**
   * λ of λ Σ F (w − w₀)² / 2: 0 or more. With mean losses 1 is the posterior of both tasks together where they have as many examples, and a
   * times as much where the first had a times as many; in practice it is often 10 to 10,000.
   * @defaultValue 1
   */
  strength?: number;
  /**
   * Which weights are held.
   * @defaultValue all that train and that the matrix has something for
   */
  filter?: WeightFilter;
  /**
   * The only optimizer whose steps are held. One that is handed the gradients of `tf.variableGrads` must be named.
   * @defaultValue every optimizer that steps one of the weights
   */
  optimizer?: tf.Optimizer;
}

const fn = 'ewc';

function checkAll(options: EwcOptions) {
  checkOptions(fn, options, ['strength', 'filter', 'optimizer']);
  const { strength = 1, filter, optimizer } = options;
  checkHold(fn, strength, optimizer);
  return { strength, filter, optimizer };
}

/** The weights that are held. */
function chosen(model: LayerLike, fisher: Checkpoint, filter: WeightFilter | undefined): Weight[] {
  const weights = floatWeights(fn, model, filter);
  if (filter !== undefined) return weights;
  const names = new Set(fisher.tensors.map(({ name }) => name));
  const own = weights.filter(({ trainable, stablePath }) => trainable && names.has(stablePath));
  checkRange(own.length > 0, `${fn}: fisher must have a weight of the model that trains`, [...names]);
  return own;
}

/** How much each entry counts, for each variable; no number is below 0. */
async function importances(fisher: Checkpoint, parts: readonly AveragedVariable[]): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const { name, variable } of parts) {
    const values = await floatsIn(fn, fisher, name, variable.shape);
    const at = values.findIndex((value) => value < 0);
    checkRange(at < 0, `${fn}: fisher must have no number below 0 (${name}, index ${at})`, values[at]);
    all.push(values);
  }
  return all;
}

/**
 * Elastic weight consolidation: holds each weight to where it is now as firmly as the task before depends on it, while the model learns
 * another. Adds λ Σ F (w − w₀)² / 2 to what is minimized, for F of {@link fisherDiagonal} (Kirkpatrick et al. 2017,
 * https://arxiv.org/abs/1612.00796). Of several tasks the penalties add up: call it after each, and keep the handles; or keep one F over
 * all, by its `previous` (online EWC).
 *
 * It adds λ F (w − w₀) to the gradients of every step, in `fit`, `fitDataset`, `trainOnBatch` and loops with `minimize`, with any optimizer,
 * also after the model is compiled anew. The loss that is reported is without it. Weights that are frozen, or have no gradient in a step,
 * are not touched. F and the copies of the weights take twice their room.
 *
 * Large products of λ, F and the learning rate, above 2 with plain gradient descent, overshoot.
 *
 * @example
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const fisher = await fisherDiagonal(model, { x, y }); // on the first task
 * const held = await ewc(model, fisher, { strength: 10 });
 * await model.fit(x, y, { epochs: 1, verbose: 0 }); // on the second
 * console.log((await held.penalty()) >= 0); // -> true
 * held.restore();
 *
 * @param model - a built LayersModel, or a layer, with the weights that are held to
 * @param fisher - from {@link fisherDiagonal} or a file; borrowed
 * @param options - see {@link EwcOptions}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, a filter that matches nothing, and a matrix that lacks a weight, or has it in another
 * shape, below 0 or not finite; a step throws, before it changes anything, when a held variable is disposed
 */
export async function ewc(
  model: ModelLike | LayerLike,
  fisher: Checkpoint,
  options: EwcOptions = {},
): Promise<StartingPoint> {
  const { strength, filter, optimizer } = checkAll(options);
  checkCheckpoint(fn, 'fisher', fisher);
  checkLayer(fn, 'model', model);
  const weights = chosen(model, fisher, filter);
  return exclusively(fn, weights, async () => {
    const parts = averagedVariables(fn, model, weights);
    const values = await importances(fisher, parts);
    return holdTo(
      fn,
      weights.map(({ path }) => path),
      parts.map(({ variable }, i) => ({ variable, importance: tf.keep(tf.tensor(values[i]!, variable.shape)) })),
      strength,
      optimizer,
    );
  });
}
