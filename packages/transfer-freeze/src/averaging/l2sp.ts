import type * as tf from '@tensorflow/tfjs-core';
import { checkLayer, type LayerLike, type ModelLike, type WeightFilter } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { averagedVariables, floatWeights } from './averaged-variables.ts';
import { checkHold, holdTo, type StartingPoint } from './hold-to.ts';

/** Options of {@link l2sp}. */
export interface L2spOptions {
  /**
   * α of α ‖w − w₀‖² / 2: 0 or more.
   * @defaultValue 0.01
   */
  strength?: number;
  /**
   * Which weights are held; a new head is best left out.
   * @defaultValue all that train
   */
  filter?: WeightFilter;
  /**
   * The only optimizer whose steps are held. One that is handed the gradients of `tf.variableGrads` must be named.
   * @defaultValue every optimizer that steps one of the weights
   */
  optimizer?: tf.Optimizer;
}

const fn = 'l2sp';

function checkAll(options: L2spOptions) {
  checkOptions(fn, options, ['strength', 'filter', 'optimizer']);
  const { strength = 0.01, filter, optimizer } = options;
  checkHold(fn, strength, optimizer);
  return { strength, filter, optimizer };
}

/**
 * Holds weights to where they are now while a model is fine-tuned: adds α ‖w − w₀‖² / 2 to what is minimized, so that what was learned before
 * is forgotten less than with weight decay, which pulls towards 0 (L2-SP; Li, Grandvalet and Davoine 2018,
 * https://arxiv.org/abs/1802.01483).
 *
 * It adds α (w − w₀) to the gradients of every step, in `fit`, `fitDataset`, `trainOnBatch` and loops with `minimize`, with any optimizer, also
 * after the model is compiled anew. The loss that is reported is without it. Weights that are frozen, or have no gradient in a step, are
 * not touched. What parametrizations train beside a weight is held with it. The copies take as much room as the weights.
 *
 * @example
 * const held = l2sp(model, { strength: 0.1, filter: '**\/kernel' });
 * await model.fit(x, y, { epochs: 2, verbose: 0 });
 * console.log((await held.penalty()) > 0); // -> true
 * held.restore();
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link L2spOptions}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, and a filter that matches nothing; a step throws, before it changes anything, when a
 * held variable is disposed
 */
export function l2sp(model: ModelLike | LayerLike, options: L2spOptions = {}): StartingPoint {
  const { strength, filter, optimizer } = checkAll(options);
  checkLayer(fn, 'model', model);
  const weights = floatWeights(fn, model, filter).filter(({ trainable }) => trainable || filter !== undefined);
  return holdTo(
    fn,
    weights.map(({ path }) => path),
    averagedVariables(fn, model, weights),
    strength,
    optimizer,
  );
}
