import type * as tf from '@tensorflow/tfjs-core';
import type { GraphModelLike, ModelLike } from '../model/types.ts';
import { foldInTurn, type SaveFoldedOptions } from './fold-model.ts';

/**
 * The artifacts of a model with every parametrization folded in, as stock `model.save` would write them had the weights been
 * folded first. The model is not changed and goes on training.
 *
 * What stock writes and then cannot load is written so that it can: `depth_multiplier` of separable convolutions, the
 * constraint of depthwise ones, no constraints that would change the weights. Initializers of `@weightkit/initializers/layers`
 * in the configuration, which stock TensorFlow.js does not know, are written as `Zeros`: the values are in the file.
 *
 * @param model - a built LayersModel, or a GraphModel, which is saved with the weights that it has now
 * @param options - see {@link SaveFoldedOptions}
 * @returns topology, weight specs and weight data (one ArrayBuffer)
 * @throws TypeError for another model; RangeError for an option of a layer that stock cannot read from a file;
 * Error when two weights have one name, or one is listed twice because its layer stands in a nested model and outside it: stock
 * TensorFlow.js saves such a model and then fails to load it. With `includeOptimizer`: Error for a model that is not compiled or
 * an optimizer without a state that can be saved, TypeError for a loss that is a function. Nothing was changed then.
 */
export async function foldedArtifacts(
  model: ModelLike | GraphModelLike,
  options: SaveFoldedOptions = {},
): Promise<tf.io.ModelArtifacts> {
  return (await foldInTurn('foldedArtifacts', model, options)).artifacts;
}
