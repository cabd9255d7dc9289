import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, checkCheckpoint } from '@weightkit/checkpoint';
import {
  checkLabelled,
  checkModelAndBatch,
  exclusively,
  type LabelledData,
  type ModelLike,
  type OutputLoss,
  squaredGradients,
  type WeightFilter,
} from '@weightkit/core';
import { checkFinite, checkNumber, checkOptions, checkRange, checkSeed, checkType } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { type AveragedVariable, averagedVariables, floatWeights } from './averaged-variables.ts';
import { withOwnLabels } from './drawn-labels.ts';
import { gaussianLabels } from './gaussian-labels.ts';

/** Examples that a Fisher matrix is estimated from. */
export interface FisherData {
  /** Inputs: a tensor, or one for each input of the model. Borrowed. */
  x: tf.Tensor | tf.Tensor[];
  /** Their targets, where labels are `given`: a tensor, or one for each output. Borrowed. */
  y?: tf.Tensor | tf.Tensor[];
  /**
   * The loss of an output, where labels are `given`; a negative log-likelihood is meant.
   *
   * @defaultValue what the model was compiled with
   */
  loss?: OutputLoss;
}

/** Options of {@link fisherDiagonal}. */
export interface FisherOptions {
  /**
   * Whose labels. `given`: those of the data, the empirical Fisher matrix, as most code for EWC has it; one pass for each example. `drawn`: one
   * for each example, drawn from what the model says, as in the paper. `all`: every class, as often as the model expects it, which is
   * the Fisher matrix on these inputs without chance; one pass for each example and class. These two need one output of probabilities.
   * `gaussian`, for regression: outputs z are means of normal distributions, and the matrix is Σ (∂z / ∂w)² / σ² without chance; one pass for each
   * example and number of an output.
   *
   * @defaultValue `given`
   */
  labels?: 'given' | 'drawn' | 'all' | 'gaussian';
  /**
   * σ² of `gaussian` labels, the same for all numbers: above 0. The mean of squared errors of n numbers is the negative log-likelihood of σ² = n / 2.
   *
   * @defaultValue half as many as an output has numbers, as `meanSquaredError` takes it
   */
  variance?: number;
  /**
   * Which weights.
   *
   * @defaultValue all that train
   */
  filter?: WeightFilter;
  /**
   * Any safe integer; drawn labels depend on it.
   *
   * @defaultValue 0
   */
  seed?: number;
  /**
   * What was estimated on tasks before, which is added; a checkpoint from this function.
   *
   * @defaultValue none
   */
  previous?: Checkpoint;
  /**
   * What `previous` is multiplied by: from 0 to 1. Below 1 old tasks fade (online EWC).
   *
   * @defaultValue 1
   */
  decay?: number;
}

const fn = 'fisherDiagonal';

const LABELS: readonly string[] = ['given', 'drawn', 'all', 'gaussian'];

function checkData(model: ModelLike, data: FisherData, labels: string): void {
  if (labels === 'given') {
    checkLabelled(fn, model, data as LabelledData);
    return;
  }
  checkOptions(fn, data, ['x'], 'data');
  checkType(typeof data === 'object' && data !== null, `${fn}: data must be { x }`, data);
  checkModelAndBatch(fn, model, data.x, 'x');
}

function checkAll(options: FisherOptions) {
  checkOptions(fn, options, ['labels', 'variance', 'filter', 'seed', 'previous', 'decay']);
  const { labels = 'given', variance, filter, seed = 0, previous, decay = 1 } = options;
  checkRange(LABELS.includes(labels), `${fn}: labels must be 'given', 'drawn', 'all' or 'gaussian'`, labels);
  if (variance !== undefined) {
    checkNumber(`${fn}: variance must be above 0, and finite`, variance, (x) => x > 0 && x < Infinity);
    checkRange(labels === 'gaussian', `${fn}: variance must be left out unless labels are 'gaussian'`, variance);
  }
  checkSeed(fn, seed);
  checkNumber(`${fn}: decay must be from 0 to 1`, decay, (x) => x >= 0 && x <= 1);
  if (previous !== undefined) checkCheckpoint(fn, 'previous', previous);
  return { labels, variance: variance ?? null, filter, seed, previous, decay };
}

/** The sums over some labelled examples of mean squared gradients, added up on the device and downloaded at the end. */
async function sumsOf(model: ModelLike, labelled: AsyncIterable<LabelledData>, parts: readonly AveragedVariable[]) {
  const variables = parts.map(({ variable }) => variable);
  let sums: tf.Tensor[] = [];
  try {
    for await (const data of labelled) {
      const squares = squaredGradients(fn, model, data, variables);
      const before = sums;
      sums = before.length === 0 ? squares : tf.tidy(() => squares.map((one, i) => tf.add(before[i]!, one)));
      if (before.length > 0) tf.dispose([before, squares]);
    }
    return (await Promise.all(sums.map((sum) => sum.data()))) as Float32Array[];
  } finally {
    tf.dispose(sums);
  }
}

async function* once(data: LabelledData): AsyncGenerator<LabelledData> {
  yield data;
}

/**
 * How much what a model says depends on each weight: the diagonal of the Fisher information matrix, the mean over the examples of
 * (∂ log p(y | x) / ∂w)², one example at a time (Kirkpatrick et al. 2017, https://arxiv.org/abs/1612.00796; which labels: Kunstner, Balles and
 * Hennig 2019, https://arxiv.org/abs/1905.12558). {@link ewc} holds weights by it.
 *
 * It is a checkpoint of one tensor a weight, in its shape: `writeCheckpoint(fisher, 'fisher.safetensors')` writes it next to the model, so
 * that the next task can be learned where the data of this one are not. The model computes as it does when it predicts, and is not changed.
 * With `previous` and `decay` it is F + decay · previous, what online EWC takes (Schwarz et al. 2018, https://arxiv.org/abs/1805.06370).
 *
 * @example
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const fisher = await fisherDiagonal(model, { x, y });
 * console.log(fisher.tensors.length === model.getWeights().length); // -> true
 *
 * @param model - a built LayersModel
 * @param data - see {@link FisherData}
 * @param options - see {@link FisherOptions}
 * @returns the diagonal by weight
 * @throws TypeError or RangeError for other arguments, a filter that matches nothing, a `previous` of other weights, outputs that are no
 * probabilities where labels are drawn from them, and squares that are not finite, by path and index; Error where there is no loss
 */
export async function fisherDiagonal(
  model: ModelLike,
  data: FisherData,
  options: FisherOptions = {},
): Promise<Checkpoint> {
  const { labels, variance, filter, seed, previous, decay } = checkAll(options);
  checkData(model, data, labels);
  const { x, y, loss } = data;
  const weights = floatWeights(fn, model, filter).filter(({ trainable }) => trainable || filter !== undefined);
  checkRange(weights.length > 0, `${fn}: model must have a weight that trains`, weights.length);
  return exclusively(fn, weights, async () => {
    const parts = averagedVariables(fn, model, weights);
    const before: Float32Array[] = [];
    if (previous)
      for (const { name, variable } of parts) before.push(await floatsIn(fn, previous, name, variable.shape));
    const given = { x, y: y!, ...(loss === undefined ? {} : { loss }) };
    const labelled = {
      given: () => once(given),
      drawn: () => withOwnLabels(fn, model, x, seed),
      all: () => withOwnLabels(fn, model, x, null),
      gaussian: () => gaussianLabels(fn, model, x, variance),
    }[labels]();
    const sums = await sumsOf(model, labelled, parts);
    const tensors = parts.map(({ path, name, variable }, i) => {
      const values = previous ? sums[i]!.map((value, k) => value + decay * before[i]![k]!) : sums[i]!;
      checkFinite(fn, 'squares of gradients', path, values);
      return floatTensor(name, variable.shape, values);
    });
    return { format: 'safetensors', tensors, extras: { metadata: { kind: 'fisher diagonal' } }, close: async () => {} };
  });
}
