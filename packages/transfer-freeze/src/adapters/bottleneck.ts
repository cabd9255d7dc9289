import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint } from '@weightkit/checkpoint';
import {
  allDone,
  checkIdle,
  checkModel,
  chosenLayers,
  exclusively,
  type LayerLike,
  type ModelLike,
  parametrizationsOf,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { checkBoolean, checkNumber, checkOptions, checkRange, checkSeed } from '@weightkit/numerics/check';
import { batchNormsOf } from '../freezing/batch-norms.ts';
import { holdAll, variablesOf } from '../freezing/hold-all.ts';
import type { GraphLayer, GraphOfLayers } from '../transfer/layer-graph.ts';
import type { AdaptersReport } from './adapters.ts';
import { bottleneckFile, bottlenecksIn, partsOf } from './bottleneck-file.ts';
import { type Bottleneck, bottleneckGraph, namesOf } from './bottleneck-graph.ts';

const FN = 'bottleneck';

const ACTIVATIONS = [
  'elu',
  'gelu',
  'gelu_new',
  'linear',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softplus',
  'softsign',
  'swish',
  'tanh',
] as const;

/** What stands between the two layers of a bottleneck, as tfjs calls it. */
export type BottleneckActivation = (typeof ACTIVATIONS)[number];

/** Options of {@link bottleneck}. */
export interface BottleneckOptions {
  /**
   * The layers that get an adapter, by path or as they are, of the model itself and not of models within: a model within is one layer.
   * @defaultValue every layer that has weights, but for normalizations, those that give the model's outputs, and those of `train`
   */
  layers?: readonly (string | LayerLike)[];
  /**
   * How many units an adapter has in its middle: an integer of 1 or more.
   * @defaultValue 8
   */
  size?: number;
  /**
   * What is applied to these units.
   * @defaultValue 'relu'
   */
  activation?: BottleneckActivation;
  /**
   * Whether an adapter takes what its layer takes, and not what it gives (the parallel adapters of He et al. 2022). Only for layers that
   * change nothing but the number of channels.
   * @defaultValue false
   */
  parallel?: boolean;
  /**
   * The weights that train as they are, as a new head.
   * @defaultValue none
   */
  train?: WeightFilter;
  /**
   * Any safe integer; what the first kernels begin as depends on it and on their layers' names alone.
   * @defaultValue 0
   */
  seed?: number;
}

/** A model with adapters as layers; see {@link bottleneck}. */
export interface Bottlenecks<M> {
  /**
   * The model with its adapters, functional, not compiled. All its other layers are those of the model that was given, with the same
   * variables. It is disposed by {@link Bottlenecks.remove}, or on its own.
   */
  readonly model: M;
  /** Names of the layers that have an adapter, in the order in which they are computed. */
  readonly paths: readonly string[];
  /** Whether they are in place, and all else stands still. */
  readonly active: boolean;
  /** What was done; `adapted` has names of layers. */
  report(): AdaptersReport;
  /**
   * What was learned, for `writeCheckpoint(checkpoint, 'adapter.safetensors')`: a few kilobytes. Kernels lie as torch's linear layers have
   * them.
   *
   * @throws Error when not in place; RangeError when an entry is not finite
   */
  toCheckpoint(): Promise<Checkpoint>;
  /**
   * Takes what such a file has, in place of what was learned: another task on the same model. The optimizer need not be another.
   *
   * @param checkpoint - of adapters of the same layers, size and kind; borrowed
   * @throws RangeError where a tensor is not there, has another shape or is not finite, or where the file says that its adapters are of
   * another kind; nothing has changed then
   */
  load(checkpoint: Checkpoint): Promise<void>;
  /**
   * Disposes the model with the adapters. The one that was given is what it was, bit for bit, but for the weights of `train`, and trains
   * again.
   *
   * @throws Error when not in place
   */
  remove(): void;
}

const sizeOf = (weights: readonly Weight[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

const pathsOf = (weights: readonly Weight[]): string[] => weights.map(({ path }) => path);

/** The layers that were named, or those that have weights and something behind them. */
function wantedLayers(
  model: GraphOfLayers,
  layers: readonly (string | LayerLike)[] | undefined,
  trained: readonly Weight[],
): Set<LayerLike> {
  if (layers !== undefined) {
    const chosen = chosenLayers(FN, 'layers', model, layers);
    checkRange(chosen.length > 0, `${FN}: layers must be one or more`, layers);
    for (const { path, layer } of chosen)
      checkRange(
        model.layers.includes(layer as GraphLayer) && layer.getClassName() !== 'InputLayer',
        `${FN}: layers must be layers of the model itself that compute something (of a model within, put adapters into that model before)`,
        path,
      );
    return new Set(chosen.map(({ layer }) => layer));
  }
  const last = new Set<LayerLike>(model.outputs.map(({ sourceLayer }) => sourceLayer));
  const moving = new Set(trained.map(({ variable }) => variable));
  const all = model.layers.filter(
    (layer) =>
      layer.weights.length > 0 &&
      !/Normalization$/.test(layer.getClassName()) &&
      !last.has(layer) &&
      layer !== model.layers.at(-1) &&
      !weightsOf(layer, undefined, FN).some(({ variable }) => moving.has(variable)),
  );
  checkRange(
    all.length > 0,
    `${FN}: model must have a layer with weights and another behind it, or layers must be given`,
    model.name,
  );
  return new Set(all);
}

function checkNames(model: GraphOfLayers, wanted: ReadonlySet<LayerLike>): void {
  const taken = new Set(model.layers.map(({ name }) => name));
  for (const { name } of wanted)
    for (const own of namesOf(name)) checkRange(!taken.has(own), `${FN}: layers must not have adapters already`, own);
}

const downloaded = async ({ variable }: Weight): Promise<Float32Array> => Float32Array.from(await variable!.data());

/** The weights of the new layers: of each, kernel and bias of the first and of the second. */
function weightsIn(model: ModelLike, bottlenecks: readonly Bottleneck[]): Weight[] {
  const all = weightsOf(model, undefined, FN);
  return bottlenecks.flatMap(({ down, up }) =>
    [down, up].flatMap((layer) =>
      ['kernel', 'bias'].map((property) => all.find((one) => one.layer === layer && one.property === property)!),
    ),
  );
}

/** The first kernels begin as those of lora's first factors: uniform in ± 1 / √inputs. */
function begin(weights: readonly Weight[], bottlenecks: readonly Bottleneck[], size: number, seed: number): void {
  for (const [i, { inputs }] of bottlenecks.entries()) {
    const kernel = weights[4 * i]!;
    const limit = Math.fround(1 / Math.sqrt(inputs));
    const values = new Float32Array(inputs * size);
    fillUniform(values, randomKey(seed, kernel.path), { min: -limit, max: limit });
    tf.tidy(() => kernel.write(tf.tensor2d(values, [inputs, size])));
  }
}

/**
 * Puts small networks behind layers, freezes all else, and lets these alone train: x + up(f(down(x))), with `size` units in the middle
 * (bottleneck adapters, Houlsby et al. 2019, https://arxiv.org/abs/1902.00751). What comes out is 0 at first, so that the model predicts as before.
 * With `parallel` they take what the layer takes: layer(x) + up(f(down(x))) (He et al. 2022, https://arxiv.org/abs/2110.04366).
 *
 * They have an activation within, and so cannot be merged into weights as those of {@link lora}: they are layers, two of class Dense and one of
 * class Add, of a new model around the layers of the one that was given. Both have the same variables, not copies. The new model is saved as any other and
 * loads in stock TensorFlow.js. `Dense` works on the last axis: of images, on the channels at each place.
 *
 * Everything but the adapters and the weights of `train` stands still as under `freeze`, in the given model too, until `remove()`. A layer that
 * is called several times has one adapter for all calls. As with every layer that is called twice, `getOutputAt(0)` of a layer is what `output`
 * was.
 *
 * @example
 * const base = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ units: 64, inputShape: [64], activation: 'relu', name: 'body' }),
 *     tf.layers.dense({ units: 10, name: 'head' }),
 *   ],
 * });
 * const adapters = bottleneck(base, { size: 2, train: 'head/**' });
 * console.log(adapters.paths.join(), adapters.report().trainableParameters); // -> body 972
 * adapters.model.compile({ optimizer: 'adam', loss: 'meanSquaredError' }); // then train it
 *
 * @param model - a built LayersModel
 * @param options - see {@link BottleneckOptions}
 * @returns the new model and its adapters
 * @throws TypeError or RangeError for bad options, for layers that are not there or cannot have an adapter: of several outputs, with channels
 * that are not the last axis, with masks, or in parallel where more than channels changes. Nothing has changed then
 */
export function bottleneck<M extends ModelLike>(model: M, options: BottleneckOptions = {}): Bottlenecks<M> {
  checkOptions(FN, options, ['layers', 'size', 'activation', 'parallel', 'train', 'seed']);
  const { layers, size = 8, activation = 'relu', parallel = false, train, seed = 0 } = options;
  checkNumber(`${FN}: size must be an integer of 1 or more`, size, (n) => Number.isSafeInteger(n) && n >= 1);
  checkRange(
    ACTIVATIONS.includes(activation),
    `${FN}: activation must be one of ${ACTIVATIONS.join(', ')}`,
    activation,
  );
  checkBoolean(FN, 'parallel', parallel);
  checkSeed(FN, seed);
  checkModel(FN, model);
  const base = weightsOf(model, undefined, FN);
  const trained = train === undefined ? [] : weightsOf(model, train, FN, 'train');
  const graph = model as unknown as GraphOfLayers;
  const wanted = wantedLayers(graph, layers, trained);
  checkNames(graph, wanted);
  checkIdle(FN, base);
  const made = bottleneckGraph(FN, graph, wanted, layers === undefined, { size, activation, parallel });
  const { bottlenecks, skipped } = made;
  const result = made.model as unknown as M;
  const own = weightsIn(result, bottlenecks);
  begin(own, bottlenecks, size, seed);
  const moving = new Set(pathsOf(trained));
  const still = base.filter(({ path }) => !moving.has(path));
  const norms = batchNormsOf(base).filter(({ learned }) => !learned.some(({ path }) => moving.has(path)));
  let release: (() => void) | undefined = holdAll(variablesOf(still, parametrizationsOf(model, FN)), norms);
  const parts = bottlenecks.flatMap((one) => partsOf(one, size));
  const metadata = { adapter_type: 'bottleneck', activation, parallel: String(parallel) };
  const checkActive = (fn: string): void => {
    if (!release) throw new Error(`${fn}: adapters must be in place, got some taken away (of ${bottlenecks[0]!.path})`);
    checkModel(fn, result);
  };
  const report: AdaptersReport = {
    adapted: bottlenecks.map(({ path }) => path),
    trained: pathsOf(trained),
    skipped,
    trainableParameters: sizeOf(own) + sizeOf(trained),
    frozenParameters: sizeOf(still),
  };
  return {
    model: result,
    paths: [...report.adapted],
    get active() {
      return release !== undefined;
    },
    report: () => structuredClone(report),
    async toCheckpoint() {
      checkActive('toCheckpoint');
      return bottleneckFile(parts, await allDone(own.map(downloaded)), metadata);
    },
    async load(checkpoint) {
      checkActive('load');
      return exclusively('load', own, async () => {
        const values = await bottlenecksIn('load', checkpoint, parts, metadata);
        checkActive('load');
        tf.tidy(() => {
          for (const [i, { shape, variable }] of own.entries()) variable!.assign(tf.tensor(values[i]!, [...shape]));
        });
      });
    },
    remove() {
      if (!release)
        throw new Error(`remove: adapters must be in place, got some taken away (of ${bottlenecks[0]!.path})`);
      release();
      release = undefined;
      if (made.model._refCount !== 0) made.model.dispose();
    },
  };
}
