import type { Checkpoint } from '@weightkit/checkpoint';
import {
  checkLayer,
  keepValues,
  type LayerLike,
  type ModelLike,
  type WeightFilter,
  type WeightSource,
  weightsOf,
} from '@weightkit/core';
import { checkFunction, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { floatWeights } from './averaged-variables.ts';
import { ingredientsOf, mix } from './mix.ts';

/** Options of {@link greedySoup}. */
export interface GreedySoupOptions {
  /**
   * Which weights of the model.
   * @defaultValue all
   */
  filter?: WeightFilter;
}

/** What {@link greedySoup} did. */
export interface GreedySoupReport {
  /** Paths of the weights that were set, in model order. */
  averaged: string[];
  /** The score of each ingredient alone. */
  scores: number[];
  /** The places of the ingredients that are in the soup, the best first. */
  chosen: number[];
  /** The score of the soup. */
  score: number;
}

const fn = 'greedySoup';

/**
 * Greedy model soup: takes the ingredient that scores best alone, then each of the others, from better to worse, that does not make the
 * score of the mean worse. On the examples that it is chosen by the soup is never worse than the best ingredient (Wortsman et al. 2022,
 * https://arxiv.org/abs/2203.05482). Among equal scores the first counts as better.
 *
 * `evaluate` is called with the mean in the model, 2n − 1 times for n ingredients; it may call {@link reestimateBatchNorm} on the model. When it
 * is over the weights are the soup's, and statistics the mean of theirs.
 *
 * @example
 * const build = (value) => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, name: 'fc',
 *   kernelInitializer: tf.initializers.constant({ value }) })] });
 * const model = build(0);
 * // the nearer to 2 the better
 * const evaluate = async () => -Math.abs((await model.getWeights()[0].data())[0] - 2);
 * const { chosen, score } = await greedySoup(model, [build(9), build(3), build(1)], evaluate);
 * console.log(chosen.join(), Math.abs(score)); // -> 1,2 0
 *
 * @param model - a built model or layer, which is changed; not one of the ingredients
 * @param ingredients - models, layers, variables or tensors by name, or checkpoints with the names that TensorFlow.js gives; borrowed
 * @param evaluate - a function, async or not, that gives the model's score on held-out examples: the higher the better
 * @param options - see {@link GreedySoupOptions}
 * @returns what is in it, and the scores
 * @throws as {@link soup}; RangeError where the model is an ingredient; what `evaluate` throws; RangeError for a score that is not finite. The weights are what they were then
 */
export async function greedySoup(
  model: ModelLike | LayerLike,
  ingredients: readonly (WeightSource | Checkpoint)[],
  evaluate: (model: ModelLike | LayerLike) => number | Promise<number>,
  options: GreedySoupOptions = {},
): Promise<GreedySoupReport> {
  checkOptions(fn, options, ['filter']);
  checkLayer(fn, 'model', model);
  const sources = ingredientsOf(fn, ingredients);
  // The means are tried in it.
  const place = sources.indexOf(model);
  checkRange(place < 0, `${fn}: ingredients must be others than the model`, `it as ingredients[${place}]`);
  checkFunction(fn, 'evaluate', evaluate);
  const weights = floatWeights(fn, model, options.filter);
  const cook = async (places: readonly number[]): Promise<void> => {
    const parts = places.map((i) => ({ source: sources[i]!, name: `ingredients[${i}]`, share: 1 / places.length }));
    await mix(fn, model, weights, parts);
  };
  const scoreOf = async (places: readonly number[]): Promise<number> => {
    await cook(places);
    const score: unknown = await evaluate(model);
    checkNumber(`${fn}: evaluate must give a finite number`, score, Number.isFinite);
    return score;
  };
  // All, for `evaluate` may set statistics that the filter leaves out.
  const kept = keepValues(fn, model, weightsOf(model, undefined, fn));
  try {
    const scores: number[] = [];
    for (const i of sources.keys()) scores.push(await scoreOf([i]));
    const [best, ...others] = [...sources.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b) as [
      number,
      ...number[],
    ];
    let chosen = [best];
    let score = scores[best]!;
    for (const i of others) {
      const more = await scoreOf([...chosen, i]);
      if (more < score) continue;
      chosen = [...chosen, i];
      score = more;
    }
    await cook(chosen);
    return { averaged: weights.map(({ path }) => path), scores, chosen, score };
  } catch (error) {
    kept.restore();
    throw error;
  } finally {
    kept.dispose();
  }
}
