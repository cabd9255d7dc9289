import type { Checkpoint } from '@weightkit/checkpoint';
import {
  allDone,
  checkLayer,
  exclusively,
  type LayerLike,
  type ModelLike,
  type Weight,
  type WeightFilter,
  type WeightSource,
  writeAll,
} from '@weightkit/core';
import { checkFinite, checkNumbers, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { matchNames } from '../transfer/match-names.ts';
import { type Offer, sameShape } from '../transfer/offers.ts';
import { tensorsOf } from '../transfer/source-tensors.ts';
import { floatWeights } from './averaged-variables.ts';

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

/** The tensor of each weight in one ingredient, and what is wrong with it. */
function offersOf(i: number, source: WeightSource | Checkpoint, weights: readonly Weight[]) {
  const tensors = tensorsOf(fn, source);
  const found = matchNames(
    fn,
    weights,
    tensors,
    tensors.map(({ name }) => name),
  );
  const wrong: string[] = [];
  const offers = found.map((offer, w) => {
    const { path, shape } = weights[w]!;
    if ('reason' in offer) wrong.push(`ingredients[${i}] has no ${path} to take (${offer.reason})`);
    else if (!sameShape(offer.shape!, shape))
      wrong.push(`ingredients[${i}] has ${path} as [${offer.shape}], not [${shape}]`);
    return offer as Offer;
  });
  return { offers, wrong };
}

/** Means of all weights, in float64 and rounded once. */
async function means(weights: readonly Weight[], offers: readonly Offer[][], shares: readonly number[]) {
  const values: Float32Array[] = [];
  const squares = shares.map(() => 0);
  for (const [w, { path }] of weights.entries()) {
    const all = await allDone(offers.map((own) => own[w]!.read()));
    for (const [i, one] of all.entries()) checkFinite(fn, `ingredients[${i}]`, path, one);
    const mean = Float32Array.from(all[0]!, (_, k) => all.reduce((sum, one, i) => sum + shares[i]! * one[k]!, 0));
    for (const [i, one] of all.entries())
      squares[i] = one.reduce((sum, value, k) => sum + (value - mean[k]!) ** 2, squares[i]!);
    values.push(mean);
  }
  return { values, distances: squares.map(Math.sqrt) };
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
  checkType(Array.isArray(ingredients), `${fn}: ingredients must be a list of models or checkpoints`, ingredients);
  checkRange(ingredients.length > 0, `${fn}: ingredients must be one or more`, ingredients.length);
  const sources = Array.from(ingredients);
  const shares = sharesOf(options.shares, sources.length);
  const weights = floatWeights(fn, model, options.filter);
  return exclusively(fn, weights, async () => {
    const matched = sources.map((source, i) => offersOf(i, source, weights));
    const wrong = matched.flatMap((one) => one.wrong);
    checkRange(
      wrong.length === 0,
      `${fn}: ingredients must have every weight in its shape: ${wrong.join('; ')}`,
      wrong.length,
    );
    const { values, distances } = await means(
      weights,
      matched.map(({ offers }) => offers),
      shares,
    );
    writeAll(fn, model, weights, values);
    const entries = values.reduce((sum, { length }) => sum + length, 0);
    return { averaged: weights.map(({ path }) => path), entries, shares, distances };
  });
}
