import * as tf from '@tensorflow/tfjs-core';
import {
  type CallWrapper,
  checkModelAndBatch,
  exclusively,
  type ModelLike,
  type Weight,
  weightsOf,
  wrapCall,
  writeAll,
} from '@weightkit/core';
import { checkFinite, checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { type BatchNorm, batchNormsOf } from '../freezing/batch-norms.ts';
import { type BatchNormFields, channelAxis, normalized } from '../freezing/infer-batch-norm.ts';
import { valuesNow } from '../freezing/snapshot.ts';

/** Options of {@link reestimateBatchNorm}. */
export interface ReestimateOptions {
  /**
   * Examples that are normalized together: an integer of 1 or more. What is left over goes with the last of them.
   * @defaultValue 32
   */
  batchSize?: number;
}

/** What {@link reestimateBatchNorm} did. */
export interface ReestimateReport {
  /** Each batch normalization, in model order. */
  layers: {
    /** Its path. */
    path: string;
    /** The largest difference of a mean from the one before, in standard deviations of before; null where these were not finite. */
    shift: number | null;
  }[];
  /** How many examples were given. */
  examples: number;
  /** In how many batches. */
  batches: number;
}

const fn = 'reestimateBatchNorm';

/** Means over calls so far. */
interface Sums {
  /** How many examples. */
  seen: number;
  mean: Float64Array;
  variance: Float64Array;
}

/** What one call of a layer saw. */
interface Seen {
  examples: number;
  /** Values of a channel. */
  values: number;
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** Normalizes by what is in the batch, whatever the caller asks for, and tells of it. */
function batchCall(fields: BatchNormFields, tell: (seen: Seen) => void): CallWrapper {
  return (_, inputs) => {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    return tf.tidy(() => {
      const channels = channelAxis(fields, x);
      const axes = x.shape.map((_size, i) => i).filter((i) => i !== channels);
      const { mean, variance } = tf.moments(x, axes);
      tell({
        examples: x.shape[0]!,
        values: x.size / x.shape[channels]!,
        mean: tf.keep(mean),
        variance: tf.keep(variance),
      });
      return normalized(fields, x, mean, variance);
    });
  };
}

async function addTo(sums: Sums, path: string, { examples, values, mean, variance }: Seen): Promise<void> {
  checkRange(values > 1, `${fn}: batches must have two values or more for each channel of ${path}`, values);
  const [means, variances] = await Promise.all([mean.data(), variance.data()]);
  sums.seen += examples;
  const share = examples / sums.seen;
  for (const [i, value] of means.entries()) {
    sums.mean[i]! += share * (value - sums.mean[i]!);
    // Of the whole, not of the batch alone, as torch estimates it.
    sums.variance[i]! += share * ((variances[i]! * values) / (values - 1) - sums.variance[i]!);
  }
}

/** Where batches begin and end. */
function boundsOf(examples: number, batchSize: number): [begin: number, size: number][] {
  const count = Math.max(1, Math.floor(examples / batchSize));
  return Array.from({ length: count }, (_, i) => [
    i * batchSize,
    i === count - 1 ? examples - i * batchSize : batchSize,
  ]);
}

/** Runs a batch and adds what each normalization saw of it. */
async function runBatch(
  model: ModelLike,
  batch: tf.Tensor[],
  norms: readonly BatchNorm[],
  sums: readonly Sums[],
): Promise<void> {
  const seen: { i: number; call: Seen }[] = [];
  try {
    const unwrap = norms.map(({ layer }, i) =>
      wrapCall(
        layer,
        batchCall(layer as BatchNormFields, (call) => seen.push({ i, call })),
      ),
    );
    try {
      tf.dispose(model.predictOnBatch(batch));
    } finally {
      for (const one of unwrap) one();
    }
    for (const { i, call } of seen) await addTo(sums[i]!, norms[i]!.path, call);
  } finally {
    for (const { call } of seen) tf.dispose([call.mean, call.variance]);
  }
}

/** The largest difference of means in standard deviations of before; null where before was not finite. */
function shiftOf(mean: Float32Array, oldMean: ArrayLike<number>, oldVariance: ArrayLike<number>, epsilon: number) {
  let most = 0;
  for (const [i, value] of mean.entries()) {
    const shift = Math.abs(value - oldMean[i]!) / Math.sqrt(oldVariance[i]! + epsilon);
    if (!Number.isFinite(shift)) return null;
    most = Math.max(most, shift);
  }
  return most;
}

async function estimate(model: ModelLike, x: readonly tf.Tensor[], batchSize: number): Promise<ReestimateReport> {
  const norms = batchNormsOf(weightsOf(model, undefined, fn));
  checkRange(norms.length > 0, `${fn}: model must have a batch normalization`, norms.length);
  const sums = norms.map(({ statistics }): Sums => {
    const [size] = statistics[0]!.shape as [number];
    return { seen: 0, mean: new Float64Array(size), variance: new Float64Array(size) };
  });
  const examples = x[0]!.shape[0]!;
  const bounds = boundsOf(examples, batchSize);
  for (const [begin, size] of bounds) {
    const batch = x.map((one) => tf.slice(one, begin, size));
    try {
      await runBatch(model, batch, norms, sums);
    } finally {
      tf.dispose(batch);
    }
  }
  const layers: ReestimateReport['layers'] = [];
  const weights: Weight[] = [];
  const values: Float32Array[] = [];
  for (const [i, { layer, path, statistics }] of norms.entries()) {
    const { seen, mean, variance } = sums[i]!;
    // A layer that the outputs do not need is never called.
    if (seen === 0) continue;
    const byName = new Map(statistics.map((weight) => [weight.property, weight]));
    const own = [byName.get('movingMean')!, byName.get('movingVariance')!];
    const next = [Float32Array.from(mean), Float32Array.from(variance)];
    const [oldMean, oldVariance] = await valuesNow(own);
    for (const [k, one] of next.entries()) checkFinite(fn, 'statistics', own[k]!.path, one);
    layers.push({ path, shift: shiftOf(next[0]!, oldMean!, oldVariance!, (layer as BatchNormFields).epsilon) });
    weights.push(...own);
    values.push(...next);
  }
  writeAll(fn, model, weights, values);
  return { layers, examples, batches: bounds.length };
}

/**
 * Estimates the moving means and variances of all batch normalizations anew from data, for weights that no training step has made: an
 * average, an interpolation, a model whose weights were pruned. Each layer normalizes by its batch while the data go through, and its
 * statistics become the mean over the batches of their means and of their variances, as those of `torch.optim.swa_utils.update_bn`
 * (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407). Variances are those of the whole, n / (n − 1) times that of a batch, as in torch.
 * Everything else runs as in inference: dropout is off. Labels are not needed. Frozen statistics are set too.
 *
 * @example
 * const model = tf.sequential({
 *   layers: [tf.layers.batchNormalization({ inputShape: [2], epsilon: 1e-3, name: 'norm' })],
 * });
 * const x = tf.tensor2d([1, 5, 3, 5, 1, 5, 3, 5], [4, 2]);
 * const { layers } = await reestimateBatchNorm(model, x, { batchSize: 2 });
 * console.log(layers[0].path, (await model.getWeights()[2].data()).join()); // -> norm 2,5
 *
 * @param model - a built LayersModel, which is changed
 * @param x - examples, as the training saw them; a list where the model has several inputs. Borrowed
 * @param options - see {@link ReestimateOptions}
 * @returns what was set
 * @throws TypeError for other arguments; RangeError where the model has no batch normalization, a batch has one value for a channel, or
 * statistics are not finite. Nothing is changed then
 */
export async function reestimateBatchNorm(
  model: ModelLike,
  x: tf.Tensor | tf.Tensor[],
  options: ReestimateOptions = {},
): Promise<ReestimateReport> {
  checkOptions(fn, options, ['batchSize']);
  const { batchSize = 32 } = options;
  checkInteger(fn, 'batchSize', batchSize, 1);
  checkModelAndBatch(fn, model, x, 'x');
  const inputs = Array.isArray(x) ? [...x] : [x];
  const sizes = inputs.map(({ shape }) => shape[0]);
  checkRange(
    sizes.every((size) => size === sizes[0]),
    `${fn}: x must have as many examples for each input`,
    sizes,
  );
  return exclusively(fn, weightsOf(model, undefined, fn), () => estimate(model, inputs, batchSize));
}
