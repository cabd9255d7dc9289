import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import {
  checkLayer,
  exclusively,
  finiteValues,
  type LayerLike,
  type ModelLike,
  type Weight,
  weightsOf,
  writeAll,
} from '@weightkit/core';
import { checkFinite, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { matchNames } from '../transfer/match-names.ts';
import { type Offer, sameShape } from '../transfer/offers.ts';
import { tensorsOf } from '../transfer/source-tensors.ts';

/** Options of {@link addTaskVector}. */
export interface AddTaskVectorOptions {
  /**
   * What the vector is multiplied by, a finite number: negative to unlearn a task.
   * @defaultValue 1
   */
  scale?: number;
}

/** What {@link addTaskVector} did. */
export interface AddTaskVectorReport {
  /** Paths of the weights that were changed, in model order. */
  added: string[];
  /** Paths of those that the vector has nothing for. */
  untouched: string[];
  /** How far the model has moved: the Euclidean norm of the change of all weights. */
  distance: number;
}

const fn = 'addTaskVector';

/** The weights that a vector has something for, and what. */
function matched(weights: readonly Weight[], vector: Checkpoint): { weight: Weight; offer: Offer }[] {
  const tensors = tensorsOf(fn, vector);
  const found = matchNames(
    fn,
    weights,
    tensors,
    tensors.map(({ name }) => name),
  );
  const pairs: { weight: Weight; offer: Offer }[] = [];
  for (const [i, offer] of found.entries()) if ('from' in offer) pairs.push({ weight: weights[i]!, offer });
  const used = new Set(pairs.flatMap(({ offer }) => offer.from));
  const wrong = [
    ...tensors.filter((tensor) => !used.has(tensor)).map(({ name }) => `the model has no ${name}`),
    ...pairs
      .filter(({ weight, offer }) => !sameShape(offer.shape!, weight.shape))
      .map(({ weight, offer }) => `the model has ${weight.path} as [${weight.shape}], not [${offer.shape}]`),
  ];
  checkRange(wrong.length === 0, `${fn}: vector must fit the model's weights: ${wrong.join('; ')}`, wrong.length);
  checkRange(pairs.length > 0, `${fn}: vector must have a weight of the model`, pairs.length);
  return pairs;
}

/**
 * Adds a task vector to the weights of a model: w + scale · τ, rounded once (Ilharco et al. 2022, https://arxiv.org/abs/2212.04089). With the
 * model that the vector began at, scale 1 is the fine-tuned model but for rounding; a scale below 0 unlearns the task.
 *
 * Parametrizations are applied in what is read, and the result is set through their right inverses. Batch normalizations may need
 * {@link reestimateBatchNorm} afterwards.
 *
 * @example
 * const build = (value) => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'fc',
 *   kernelInitializer: tf.initializers.constant({ value }) })] });
 * const base = build(1);
 * const vector = await taskVector(base, build(1.5));
 * const { added } = await addTaskVector(base, vector, { scale: -2 });
 * console.log(added.join(), (await base.getWeights()[0].data())[0]); // -> fc/kernel,fc/bias 0
 *
 * @param model - a built model or layer, which is changed
 * @param vector - from {@link taskVector}, {@link combineTaskVectors} or a file; borrowed
 * @param options - see {@link AddTaskVectorOptions}
 * @returns what was changed
 * @throws TypeError or RangeError for other arguments, a vector that does not fit (all differences in one message), and what is not finite.
 * Nothing is changed then
 */
export async function addTaskVector(
  model: ModelLike | LayerLike,
  vector: Checkpoint,
  options: AddTaskVectorOptions = {},
): Promise<AddTaskVectorReport> {
  checkOptions(fn, options, ['scale']);
  const { scale = 1 } = options;
  checkNumber(`${fn}: scale must be a finite number`, scale, Number.isFinite);
  checkCheckpoint(fn, 'vector', vector);
  checkLayer(fn, 'model', model);
  const weights = weightsOf(model, undefined, fn);
  return exclusively(fn, weights, async () => {
    const pairs = matched(weights, vector);
    const own = pairs.map(({ weight }) => weight);
    const values: Float32Array[] = [];
    let square = 0;
    for (const { weight, offer } of pairs) {
      const [old, change] = [await finiteValues(fn, weight), await offer.read()];
      checkFinite(fn, 'vector', weight.path, change);
      const next = old.map((value, i) => value + scale * change[i]!);
      checkFinite(fn, 'weights', weight.path, next);
      square += next.reduce((sum, value, i) => sum + (value - old[i]!) ** 2, 0);
      values.push(next);
    }
    writeAll(fn, model, own, values);
    const changed = new Set(own);
    return {
      added: own.map(({ path }) => path),
      untouched: weights.filter((weight) => !changed.has(weight)).map(({ path }) => path),
      distance: Math.sqrt(square),
    };
  });
}
