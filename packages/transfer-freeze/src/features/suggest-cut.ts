import * as tf from '@tensorflow/tfjs-core';
import { checkListening } from '@weightkit/checkpoint';
import { checkModel, checkStateless, type ModelLike, weightsOf } from '@weightkit/core';
import {
  checkFinite,
  checkInteger,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkSeed,
  checkType,
} from '@weightkit/numerics/check';
import type { GraphOfLayers } from '../transfer/layer-graph.ts';
import { crossValidate, scaled, type Validation } from './cross-validate.ts';
import { bodyOf, type CutPlace, dtypeOf, placeAt, placesIn } from './cut-model.ts';
import { batchesOf, type FeatureBatch, type FeatureInputs } from './feature-batches.ts';
import type { FitRule } from './linear-fit.ts';
import { checkFitRule } from './linear-probe.ts';
import { sharesOf } from './probe-examples.ts';

/** Options of {@link suggestCut}. */
export interface SuggestCutOptions {
  /**
   * Names of the layers to cut behind.
   * @defaultValue all that everything goes through
   */
  layers?: readonly string[];
  /**
   * In how many parts the examples are divided: each is predicted by a probe of the others. An integer of 2 or more.
   * @defaultValue 5
   */
  folds?: number;
  /**
   * Which examples go into which part: a safe integer.
   * @defaultValue 0
   */
  seed?: number;
  /**
   * The probe: ridge regression on classes as ones and zeros, or logistic regression, which takes longer.
   * @defaultValue 'ridge'
   */
  kind?: 'logistic' | 'ridge';
  /**
   * The probe's penalty, on features of a variance of 1: above 0.
   * @defaultValue 1e-2
   */
  penalty?: number;
  /**
   * Examples that go through the model together: an integer of 1 or more.
   * @defaultValue 32
   */
  batchSize?: number;
  /** Stops it before the next batch or layer. @defaultValue none */
  signal?: AbortSignal;
}

/** A layer that a model can be cut behind. */
export interface CutCandidate extends Validation {
  /** The name of the layer. */
  until: string;
  /** The shape of its outputs for one example. */
  shape: number[];
  /** Bytes that a cache of these takes for each example. */
  bytes: number;
  /** Entries of the weights up to it, which would stand still. */
  bodyParameters: number;
  /** Entries of the weights above it, which would train. */
  headParameters: number;
}

/** What {@link suggestCut} found. */
export interface CutSuggestion {
  /** The layer to cut behind, for `cacheFeatures`, `replaceHead` or `freeze`. */
  until: string;
  /** Why this one, in a sentence. */
  reason: string;
  /** Every layer, the lowest first. */
  candidates: CutCandidate[];
}

const fn = 'suggestCut';

interface Settings {
  places: CutPlace[];
  rule: FitRule;
  folds: number;
  seed: number;
  batchSize: number;
  signal: AbortSignal | undefined;
}

function checkAll(model: ModelLike, data: unknown, options: SuggestCutOptions): Settings {
  checkOptions(fn, options, ['layers', 'folds', 'seed', 'kind', 'penalty', 'batchSize', 'signal']);
  const { layers, folds = 5, seed = 0, kind = 'ridge', penalty = 1e-2, batchSize = 32, signal } = options;
  const rule = checkFitRule(fn, { kind, penalty });
  checkInteger(fn, 'folds', folds, 2);
  checkSeed(fn, seed);
  checkInteger(fn, 'batchSize', batchSize, 1);
  checkListening(fn, { signal });
  const rightLayers = layers === undefined || (Array.isArray(layers) && layers.length > 0);
  checkType(rightLayers, `${fn}: layers must be a list of names of layers`, layers);
  for (const name of layers ? Array.from(layers) : [])
    checkType(typeof name === 'string', `${fn}: layers must be names of layers`, name);
  checkPlainObject(`${fn}: data must be { xs, ys }`, data);
  checkOptions(fn, data, ['xs', 'ys'], 'data');
  checkType((data as { ys?: unknown }).ys !== undefined, `${fn}: ys must be given`, undefined);
  checkModel(fn, model);
  checkStateless(fn, model);
  weightsOf(model, undefined, fn);
  const graph = model as unknown as GraphOfLayers;
  const all = placesIn(graph);
  // In the order of the model, each once.
  const places = layers
    ? [...new Set(layers)]
        .map((name) => placeAt(fn, graph, name, 'layers'))
        .sort((a, b) => b.above.length - a.above.length)
    : all.filter((place) => dtypeOf(place) === 'float32');
  checkRange(places.length > 0, `${fn}: model must have a layer to cut behind`, places.length);
  for (const place of places) checkRange(dtypeOf(place) === 'float32', `${fn}: layers must give float32`, place.name);
  return { places, rule, folds, seed, batchSize, signal };
}

/** Means over all axes but those of examples and channels. */
function pooled(value: tf.Tensor): tf.Tensor {
  const axes = value.shape.map((_, i) => i).slice(1, -1);
  return axes.length > 0 ? tf.mean(value, axes) : value;
}

interface Gathered {
  parts: Float32Array[];
  shape: number[];
}

/** What every place gives for all examples, and their labels. */
async function gather(model: ModelLike, data: unknown, { places, batchSize, signal }: Settings) {
  const body = bodyOf(model as unknown as GraphOfLayers, places);
  const all = places.map((): Gathered => ({ parts: [], shape: [] }));
  const labels: number[] = [];
  let columns = 1;
  for await (const batch of batchesOf(fn, model, data, batchSize)) {
    let outputs: tf.Tensor[] = [];
    let small: tf.Tensor[] = [];
    try {
      signal?.throwIfAborted();
      const { ys } = batch;
      checkRange(ys !== null && ys.rank <= 2, `${fn}: ys must have shape [examples] or [examples, classes]`, ys?.shape);
      columns = ys.rank === 2 ? ys.shape[1]! : 1;
      for (const label of await ys.data()) labels.push(label);
      outputs = [body.predictOnBatch(batch.xs)].flat();
      small = outputs.map((one) => tf.tidy(() => tf.clone(pooled(one))));
      for (const [i, one] of small.entries()) {
        all[i]!.shape = outputs[i]!.shape.slice(1);
        all[i]!.parts.push(Float32Array.from(await one.data()));
      }
    } finally {
      tf.dispose([...outputs, ...small]);
      batch.dispose();
    }
  }
  return { all, labels: Float64Array.from(labels), columns };
}

const joined = (parts: readonly Float32Array[]): Float64Array => {
  const result = new Float64Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    result.set(one, at);
    at += one.length;
  }
  return result;
};

/** Entries of the variables of a model, each once. */
const entriesOf = (model: ModelLike): number =>
  weightsOf(model, undefined, fn).reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);

const percent = ({ accuracy, error }: Validation): string =>
  `${(100 * accuracy).toFixed(1)} ± ${(100 * error).toFixed(1)} %`;

/** The last layer that is not worse than the best by more than one standard error. */
function choose(candidates: readonly CutCandidate[], folds: number): { until: string; reason: string } {
  const best = candidates.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const chosen = [...candidates].reverse().find(({ accuracy }) => accuracy >= best.accuracy - best.error)!;
  const { headParameters, bodyParameters } = chosen;
  const left = `${headParameters} of ${headParameters + bodyParameters} parameters above it train`;
  const than =
    chosen === best ? 'as well as any layer' : `within one standard error of ${best.until} (${percent(best)})`;
  const reason = `a probe behind ${chosen.until} is right in ${percent(chosen)} over ${folds} folds, ${than}, and it is the last such layer: ${left}`;
  return { until: chosen.until, reason };
}

/**
 * Says behind which layer to cut a model for a task: up to where its features are of use as they are. Behind every layer that everything goes
 * through a linear probe is fitted to examples of the task and tried on others, by cross-validation (Alain and Bengio 2016,
 * https://arxiv.org/abs/1610.01644). Of the layers whose probe is within one standard error of the best one the last is taken (Breiman et al.
 * 1984, "Classification and Regression Trees"): the more stands still, the less there is to train and to keep.
 *
 * One pass computes all layers. Of outputs with several axes, as those of convolutions, the means for each channel (the last axis) are
 * probed, as behind a global average pooling. Features are scaled by one number for each layer.
 *
 * @example
 * const start = tf.initializers.randomNormal({ seed: 1 });
 * const net = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ units: 16, inputShape: [2], activation: 'relu', kernelInitializer: start, name: 'useful' }),
 *     tf.layers.dense({ units: 3, kernelInitializer: 'zeros', name: 'lost' }),
 *     tf.layers.dense({ units: 2, name: 'out' }),
 *   ],
 * });
 * const xs = tf.randomNormal([60, 2], 0, 1, 'float32', 2);
 * const ys = tf.cast(tf.greater(tf.sum(xs, 1), 0), 'int32');
 * const { until, candidates } = await suggestCut(net, { xs, ys });
 * console.log(until, candidates.map((one) => one.until).join()); // -> useful useful,lost
 *
 * @param model - a built LayersModel, which is not changed
 * @param data - `{ xs, ys }` of the task: inputs as those of `cacheFeatures`, and classes as numbers [examples] or ones and zeros
 * [examples, classes]; borrowed
 * @param options - see {@link SuggestCutOptions}
 * @returns the layer, why, and what is known of each
 * @throws TypeError or RangeError for other arguments, a model that can be cut nowhere, fewer examples than folds, and features that are not
 * finite
 */
export async function suggestCut(
  model: ModelLike,
  data: Exclude<FeatureBatch, FeatureInputs>,
  options: SuggestCutOptions = {},
): Promise<CutSuggestion> {
  const settings = checkAll(model, data, options);
  const { places, rule, folds, seed, signal } = settings;
  const { all, labels, columns } = await gather(model, data, settings);
  checkFinite(fn, 'ys', 'ys', labels);
  const { y, outputs } = sharesOf(fn, labels, columns, 'ys');
  const rows = labels.length / columns;
  checkRange(rows >= folds, `${fn}: data must have as many examples as folds, ${folds}`, rows);
  const candidates: CutCandidate[] = [];
  for (const [i, place] of places.entries()) {
    signal?.throwIfAborted();
    const { parts, shape } = all[i]!;
    const x = joined(parts);
    checkFinite(fn, 'features', place.name, x);
    const inputs = x.length / rows;
    const validation = crossValidate(fn, { x: scaled(x, rows, inputs), y, rows, inputs, outputs }, rule, folds, seed);
    const bodyParameters = entriesOf(bodyOf(model as unknown as GraphOfLayers, [place]));
    candidates.push({
      until: place.name,
      ...validation,
      shape,
      bytes: 4 * tf.util.sizeFromShape(shape),
      bodyParameters,
      headParameters: entriesOf(model) - bodyParameters,
    });
  }
  return { ...choose(candidates, folds), candidates };
}
