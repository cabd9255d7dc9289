import * as tf from '@tensorflow/tfjs-core';
import type { LayerLike, ModelLike } from '@weightkit/core';
import { type Adapter, packed, type Site } from './adapter.ts';
import type { Adapters } from './adapters.ts';
import { type LoraOptions, planOf } from './lora-options.ts';
import { factorPieces, firstFactors, product } from './low-rank.ts';
import { putAdapters } from './put-adapters.ts';

/** W + scale · A · B. */
function loraAt(site: Site, scale: number, seed: number): Adapter {
  const { matrix, rank } = site;
  return {
    kind: 'lora',
    variables: firstFactors(site, seed),
    held: [],
    forward: (w, { loraA, loraB }) => tf.add(w, product(loraA!, loraB!, scale, w.shape)),
    entries: rank * (matrix.rows + matrix.cols),
    pieces: factorPieces(matrix, rank),
    ...packed(['loraA', 'loraB']),
  };
}

/**
 * Puts adapters of low rank beside a model's weights and freezes all others: W + (alpha / rank) · A · B, of which only A and B train (LoRA,
 * Hu et al. 2021, https://arxiv.org/abs/2106.09685). B is 0 at first, so that the model predicts as before. What was learned is a few
 * kilobytes, of which many can share one model.
 *
 * A weight is read as the matrix from its inputs to its outputs, of a convolution with its window among the inputs, of a recurrent layer
 * with all gates among the outputs. Of an embedding A is 0 at first. Everything else stands still as under `freeze`, statistics of batch
 * normalizations included, but for the weights of `train`. Weights that a `freeze` holds already may have adapters: its `verify` compares
 * what lies under them.
 *
 * Compile the model with a NEW optimizer afterwards, or A and B are not trained. `saveFolded` of `@weightkit/core` writes the merged model at
 * any time.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [64], name: 'fc' })] });
 * const adapters = lora(model, { rank: 2 });
 * console.log(adapters.report().trainableParameters, adapters.report().frozenParameters); // -> 148 650
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train
 * adapters.merge(); // a plain model
 *
 * @param model - a built model or layer
 * @param options - see {@link LoraOptions}
 * @returns the adapters
 * @throws TypeError or RangeError for bad options, a filter that matches nothing, or a rank above a weight's inputs or outputs; Error when a
 * weight is constrained or used by another layer's own code, or its layer's `trainable` is false. Nothing has changed then
 */
export function lora(model: ModelLike | LayerLike, options: LoraOptions = {}): Adapters {
  const plan = planOf('lora', options);
  return putAdapters('lora', model, plan, (site) => loraAt(site, plan.scale, plan.seed));
}
