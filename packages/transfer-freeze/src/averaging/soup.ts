import type { Checkpoint } from '@weightkit/checkpoint';
import { checkLayer, type LayerLike, type ModelLike, type WeightFilter, type WeightSource } from '@weightkit/core';
import { checkNumbers, checkOptions, checkRange } from '@weightkit/numerics/check';
import { floatWeights } from './averaged-variables.ts';
import { ingredientsOf, mix } from './mix.ts';

/** Options of {@link soup}. */
export interface SoupOptions {
  /**
   * What share each ingredient has: numbers of 0 or more, of which one is above 0; they are divided by their sum.
   * @defaultValue the same for all
   */
  shares?: readonly number[];
  /**
   * Which weights of the model.
   * @defaultValue all
   */
  filter?: WeightFilter;
}

/** What {@link soup} did. */
export interface SoupReport {
  /** Paths of the weights that were set, in model order. */
  averaged: string[];
  /** How many entries they have. */
  entries: number;
  /** The shares, with a sum of 1. */
  shares: number[];
  /** How far each ingredient is from the average: the Euclidean norm of the difference of all these weights. */
  distances: number[];
}

const fn = 'soup';

function sharesOf(given: readonly number[] | undefined, count: number): number[] {
  if (given === undefined) return Array.from({ length: count }, () => 1 / count);
  checkNumbers(`${fn}: shares must be numbers of 0 or more, and finite`, given, (x) => x >= 0 && x < Infinity);
  checkRange(given.length === count, `${fn}: shares must be one for each ingredient, ${count}`, given.length);
  const list = Array.from(given);
  const sum = list.reduce((a, b) => a + b, 0);
  checkRange(sum > 0 && sum < Infinity, `${fn}: shares must have a sum above 0, and finite`, sum);
  return list.map((share) => share / sum);
}

/**
 * Model soup: gives a model the mean of the weights of several, as of runs of fine-tuning from one start with other settings, or of the
 * checkpoints of one run. It predicts about as well as an ensemble of them at the cost of one (Wortsman et al. 2022,
 * https://arxiv.org/abs/2203.05482). Of models that were trained from different starts it is worth nothing.
 *
 * Weights are found by their names, those that TensorFlow.js made up by their place. Parametrizations are applied in what is taken, and the
 * mean is set through their right inverses. Sums are float64, rounded once. Batch normalizations have never seen the mean: call
 * {@link reestimateBatchNorm} afterwards.
 *
 * @example
 * const build = (value) => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'fc',
 *   kernelInitializer: tf.initializers.constant({ value }) })] });
 * const model = build(0);
 * const { averaged, distances } = await soup(model, [build(1), build(2), build(6)]);
 * console.log(averaged.join(), (await model.getWeights()[0].data())[0]); // -> fc/kernel,fc/bias 3
 * console.log(distances.map((distance) => distance.toFixed(2)).join(' ')); // -> 4.90 2.45 7.35
 *
 * @param model - a built model or layer, which is changed; it may be one of the ingredients
 * @param ingredients - models, layers, variables or tensors by name, or checkpoints with the names that TensorFlow.js gives; borrowed
 * @param options - see {@link SoupOptions}
 * @returns what was set, and how far the ingredients are from it
 * @throws TypeError for other sources and options; RangeError where weights are not there or of other shapes (all of them in one message), or
 * not finite. Nothing is changed then
 */
export async function soup(
  model: ModelLike | LayerLike,
  ingredients: readonly (WeightSource | Checkpoint)[],
  options: SoupOptions = {},
): Promise<SoupReport> {
  checkOptions(fn, options, ['shares', 'filter']);
  checkLayer(fn, 'model', model);
  const sources = ingredientsOf(fn, ingredients);
  const shares = sharesOf(options.shares, sources.length);
  const weights = floatWeights(fn, model, options.filter);
  const parts = sources.map((source, i) => ({ source, name: `ingredients[${i}]`, share: shares[i]! }));
  const { entries, distances } = await mix(fn, model, weights, parts);
  return { averaged: weights.map(({ path }) => path), entries, shares, distances };
}
