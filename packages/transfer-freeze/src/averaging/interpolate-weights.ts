import type { Checkpoint } from '@weightkit/checkpoint';
import { checkLayer, type LayerLike, type ModelLike, type WeightFilter, type WeightSource } from '@weightkit/core';
import { checkNumber, checkOptions } from '@weightkit/numerics/check';
import { floatWeights } from './averaged-variables.ts';
import { mix } from './mix.ts';

/** Options of {@link interpolateWeights}. */
export interface InterpolateOptions {
  /**
   * Which weights of the model.
   * @defaultValue all
   */
  filter?: WeightFilter;
}

/** What {@link interpolateWeights} did. */
export interface InterpolateReport {
  /** Paths of the weights that were set, in model order. */
  interpolated: string[];
  /** How many entries they have. */
  entries: number;
  /** How far the model is from where it begins: the Euclidean norm of the difference of all these weights. */
  fromDistance: number;
  /** How far it is from where it ends. */
  toDistance: number;
}

const fn = 'interpolateWeights';

/**
 * Sets weights between those of two models: (1 − α) · from + α · to. With the model before and after fine-tuning it is WiSE-FT: at an α
 * between 0 and 1 the model often does better on the new task than after it, and forgets less of the old one (Wortsman et al. 2021,
 * https://arxiv.org/abs/2109.01903). A curve over α shows which.
 *
 * Weights are found as by {@link soup}; sums are float64, rounded once, so that α = 0 and α = 1 are the ends, bit for bit. Batch normalizations
 * may need {@link reestimateBatchNorm} afterwards.
 *
 * @example
 * const build = (value) => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'fc',
 *   kernelInitializer: tf.initializers.constant({ value }) })] });
 * const [model, before, after] = [build(0), build(1), build(3)];
 * for (const alpha of [0, 0.5, 1]) {
 *   await interpolateWeights(model, before, after, alpha);
 *   console.log(alpha, (await model.getWeights()[0].data())[0]);
 * }
 * // -> 0 1
 * // -> 0.5 2
 * // -> 1 3
 *
 * @param model - a built model or layer, which is changed; it may be one of the two
 * @param from - a model, layer, variables or tensors by name, or a checkpoint with the names that TensorFlow.js gives; borrowed
 * @param to - another one
 * @param alpha - where between them: a number from 0 to 1
 * @param options - see {@link InterpolateOptions}
 * @returns what was set, and how far it is from both
 * @throws TypeError for other sources and options; RangeError where weights are not there or of other shapes (all of them in one message), or
 * not finite. Nothing is changed then
 */
export async function interpolateWeights(
  model: ModelLike | LayerLike,
  from: WeightSource | Checkpoint,
  to: WeightSource | Checkpoint,
  alpha: number,
  options: InterpolateOptions = {},
): Promise<InterpolateReport> {
  checkOptions(fn, options, ['filter']);
  checkNumber(`${fn}: alpha must be a number from 0 to 1`, alpha, (x) => x >= 0 && x <= 1);
  checkLayer(fn, 'model', model);
  const weights = floatWeights(fn, model, options.filter);
  const { entries, distances } = await mix(fn, model, weights, [
    { source: from, name: 'from', share: 1 - alpha },
    { source: to, name: 'to', share: alpha },
  ]);
  return {
    interpolated: weights.map(({ path }) => path),
    entries,
    fromDistance: distances[0]!,
    toDistance: distances[1]!,
  };
}
