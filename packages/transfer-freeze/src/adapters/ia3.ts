import * as tf from '@tensorflow/tfjs-core';
import { checkLayer, type LayerLike, type ModelLike, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { inPlace } from '../transfer/feature-order.ts';
import { type Adapter, packed, type Site } from './adapter.ts';
import type { Adapters } from './adapters.ts';
import type { AdaptersOptions } from './lora-options.ts';
import { vectorPiece } from './low-rank.ts';
import { putAdapters } from './put-adapters.ts';

/** Options of `ia3`. */
export interface Ia3Options extends AdaptersOptions {
  /**
   * The weights whose inputs are scaled and not their outputs: peft's `feedforward_modules`.
   * @defaultValue none
   */
  inputs?: WeightFilter;
}

/** W scaled by output, and the bias with it, or by input: of a convolution by channel, everywhere in the window. */
function ia3At({ weight, matrix: { cols, inner, rowOrder, colOrder } }: Site, byInput: boolean): Adapter {
  const channels = inner[inner.length - 1]!;
  const length = byInput ? channels : cols;
  const window = inner.slice(1).map(() => 1);
  const isCell = weight.layer!.getClassName().endsWith('Cell');
  // Of a convolution by channel alone.
  const inputs = window.length > 0 ? inPlace(length) : rowOrder;
  const dense = byInput ? [1, length] : [length, 1];
  return {
    kind: 'ia3',
    variables: { ia3: () => tf.ones([length]) },
    held: [],
    forward: (w, { ia3 }) => tf.mul(w, byInput ? tf.reshape(ia3!, [length, 1]) : ia3!),
    ...(byInput || isCell ? {} : { bias: (bias: tf.Tensor, { ia3 }: Record<string, tf.Tensor>) => tf.mul(bias, ia3!) }),
    entries: length,
    pieces: [vectorPiece('ia3_l', window.length > 0 ? [1, length, ...window] : dense, byInput ? inputs : colOrder)],
    ...packed(['ia3']),
  };
}

/**
 * Adapters that scale: what each output of a layer is multiplied by is learned, and nothing else ((IA)³, Liu et al. 2022,
 * https://arxiv.org/abs/2205.05638). The fewest entries of all adapters, one for an output. They are 1 at first, so that the model predicts
 * as before.
 *
 * The bias is scaled with its layer's outputs, as in peft; that of a recurrent layer, whose gates are sums of two products, is not. Weights
 * of `inputs` have a scale for each input instead, of a convolution for each channel. All else is as in {@link lora}.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [64], name: 'fc' })] });
 * const adapters = ia3(model);
 * console.log(adapters.report().trainableParameters, adapters.report().frozenParameters); // -> 10 650
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train
 * adapters.merge(); // a plain model
 *
 * @param model - a built model or layer
 * @param options - see {@link Ia3Options}
 * @returns the adapters
 * @throws TypeError or RangeError for bad options or a filter that matches nothing; Error as {@link lora} does. Nothing has changed then
 */
export function ia3(model: ModelLike | LayerLike, options: Ia3Options = {}): Adapters {
  checkOptions('ia3', options, ['filter', 'train', 'inputs']);
  const { filter, train, inputs } = options;
  checkLayer('ia3', 'model', model);
  const byInput = new Set(
    inputs === undefined ? [] : weightsOf(model, inputs, 'ia3', 'inputs').map(({ path }) => path),
  );
  const plan = { filter, train, rank: 0, isGiven: true, scale: 1, metadata: { peft_type: 'IA3' } };
  return putAdapters('ia3', model, plan, (site) => ia3At(site, byInput.has(site.weight.path)));
}
