import * as tf from '@tensorflow/tfjs-core';
import {
  type CalibrationData,
  type CallWrapper,
  capture,
  checkCalibration,
  checkIdle,
  checkModel,
  chosenLayers,
  exclusively,
  type LayerLike,
  type LayerPlace,
  layersOf,
  type ModelLike,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  type Weight,
  weightsOf,
  wrapCall,
} from '@weightkit/core';
import {
  checkFinite,
  checkInteger,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkRange,
} from '@weightkit/numerics/check';
import { type ActivationCodes, type ConvertedLayer, withActivations } from '../calibration/convert.ts';
import type { IntegerDtype } from '../grids/integers.ts';
import { LEAST_SCALE } from '../grids/integers.ts';
import type { QuantizedModel } from '../model/quantized-model.ts';
import { pact } from './pact.ts';

const FN = 'trainActivations';
const KIND = 'activationLevel';

/** Options of {@link trainActivations}. */
export interface TrainActivationsOptions {
  /**
   * Bits of a code, an integer in 2..8.
   *
   * @defaultValue 4
   */
  bits?: number | undefined;
  /**
   * Where activations are clipped at first: a number above 0 for all layers, or `{ x }`, examples whose largest activation of each layer
   * it is.
   *
   * @defaultValue 10, as in the paper
   */
  alpha?: number | CalibrationData | undefined;
  /**
   * λ of a penalty λ/2 · α² on each level, once for each call of its layer, which keeps levels small: 0 or more. Losses do not show it.
   *
   * @defaultValue 0.0002
   */
  decay?: number | undefined;
  /**
   * Paths of layers, or layers: those that end in a ReLU.
   *
   * @defaultValue every layer that ends in a ReLU or ReLU6, `activation` and `reLU` layers too
   */
  layers?: readonly (string | LayerLike)[] | undefined;
}

/** A model whose activations train on grids; see {@link trainActivations}. */
export interface ActivationTraining {
  /** The layers whose outputs are clipped and rounded, by path. */
  readonly layers: readonly string[];
  /** True: levels are new variables, so the model must be compiled with a NEW optimizer now, and again after `restore`. */
  readonly needsRecompile: true;
  /** The levels α by path, as they are now. */
  levels(): Promise<Record<string, number>>;
  /**
   * The grids by which outputs are rounded now: code = round(x · (1 / scale)), cut at 0 and the last code, in float32, and code · scale are
   * the very bits that the layers give.
   */
  codes(): Promise<ConvertedLayer[]>;
  /**
   * A quantized model with these grids in its metadata, as `convert` writes them: `userDefinedMetadata.weightkit.activations`.
   *
   * @param quantized - what {@link quantizeModel} or `trainQuantized` made of the model; not changed
   */
  withCodes(quantized: QuantizedModel): Promise<QuantizedModel>;
  /**
   * Takes clipping and rounding away: layers give what their ReLU gives. Weights stay as they are by now.
   *
   * @throws Error when it was taken away already; nothing has changed then
   */
  restore(): void;
}

/** Whether a layer ends in a ReLU that is 0 below 0. */
function endsInReLU(layer: LayerLike): boolean {
  const { activation, negativeSlope, threshold } = layer as unknown as {
    activation?: { getClassName?(): string };
    negativeSlope?: number;
    threshold?: number;
  };
  const name = layer.getClassName();
  if (/Cell$|^(SimpleRNN|LSTM|GRU|ConvLSTM2D)$/.test(name)) return false;
  if (name === 'ReLU') return (negativeSlope ?? 0) === 0 && (threshold ?? 0) === 0;
  return /^relu6?$/.test(activation?.getClassName?.() ?? '');
}

/** The value, with λ times it added to its gradient. */
function decayed(alpha: tf.Tensor, lambda: number): tf.Tensor {
  if (lambda === 0) return alpha;
  const operation = tf.customGrad((...args) => {
    const [given, save] = args as unknown as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([given]);
    return {
      value: tf.clone(given),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.add(dy, tf.mul(saved[0]!, lambda)),
    };
  });
  return operation(alpha);
}

/** A call whose output is clipped at a level and rounded. */
const clippedCall =
  (alpha: tf.Variable, bits: number, decay: number): CallWrapper =>
  (call, inputs, kwargs) =>
    tf.tidy(() => {
      const given = call(inputs, kwargs);
      const round = (x: tf.Tensor): tf.Tensor => pact(x, decayed(alpha, decay), { bits });
      return Array.isArray(given) ? given.map(round) : round(given);
    });

/** The largest output of each layer on examples; 1 where none is above 0. */
async function largestOutputs(
  model: ModelLike,
  places: readonly LayerPlace[],
  data: CalibrationData,
): Promise<Map<LayerLike, number>> {
  const largest = new Map<LayerLike, number>();
  const captured = capture(
    model,
    places.map(({ layer }) => layer),
    data.x,
  );
  try {
    for (const { layer, outputs } of captured.calls)
      for (const output of outputs) {
        const values = (await output.data()) as Float32Array;
        const path = places.find((place) => place.layer === layer)!.path;
        checkFinite(FN, 'activations', path, values);
        let most = largest.get(layer) ?? 0;
        for (const value of values) most = Math.max(most, value);
        largest.set(layer, most);
      }
  } finally {
    captured.dispose();
  }
  return new Map(places.map(({ layer }) => [layer, largest.get(layer) || 1]));
}

/** A weight beside which a level trains: one of the layer's own, or the nearest before it, or the first after it. */
function hostOf(layer: LayerLike, order: readonly LayerPlace[], weights: readonly Weight[]): Weight | undefined {
  const hosts = weights.filter((weight) => weight.trainable && weight.property !== null && weight.dtype === 'float32');
  const own = hosts.find((weight) => weight.layer === layer);
  if (own) return own;
  const placeOf = (one: LayerLike | null) => order.findIndex((place) => place.layer === one);
  const at = placeOf(layer);
  return hosts.filter((weight) => placeOf(weight.layer) < at).at(-1) ?? hosts[0];
}

/** A layer whose outputs are clipped. */
interface Clipped {
  path: string;
  host: Weight;
  handle: Parametrization;
  release: () => void;
}

function handleOf(clipped: readonly Clipped[], bits: number): ActivationTraining {
  let gone = false;
  const checkInPlace = (fn: string): void => {
    const lost = gone || clipped.some(({ handle }) => !handle.installed);
    if (lost) throw new Error(`${fn}: levels must be in place, got ones that were taken away`);
  };
  const alphaOf = ({ handle }: Clipped): tf.Variable => handle.variables.alpha!;
  const levelsNow = async (fn: string): Promise<number[]> => {
    checkInPlace(fn);
    const all = tf.tidy(() => tf.abs(tf.stack(clipped.map(alphaOf))));
    try {
      const values = (await all.data()) as Float32Array;
      for (const [i, value] of values.entries())
        if (!Number.isFinite(value))
          throw new RangeError(`${fn}: levels must be finite, got ${value} at ${clipped[i]!.path}`);
      return [...values];
    } finally {
      all.dispose();
    }
  };
  const most = 2 ** bits - 1;
  const codesNow = async (fn: string): Promise<ConvertedLayer[]> =>
    (await levelsNow(fn)).map((level, i) => {
      const scale = Math.max(Math.fround(level / most), LEAST_SCALE);
      const codes: ActivationCodes = {
        dtype: `uint${bits}` as IntegerDtype,
        narrow: false,
        min: [0],
        max: [Math.fround(scale * most)],
        scales: [scale],
        zeroPoints: [0],
        axis: null,
      };
      return { path: clipped[i]!.path, inputs: [null], outputs: [codes] };
    });
  return {
    layers: clipped.map(({ path }) => path),
    needsRecompile: true,
    async levels() {
      const values = await levelsNow('levels');
      return Object.fromEntries(clipped.map(({ path }, i) => [path, values[i]!]));
    },
    codes: () => codesNow('codes'),
    async withCodes(quantized) {
      checkPlainObject('withCodes: quantized must be what quantizeModel or trainQuantized made', quantized);
      checkPlainObject('withCodes: quantized.artifacts must be artifacts of a model', quantized.artifacts);
      return { ...quantized, artifacts: withActivations(quantized.artifacts, await codesNow('withCodes')) };
    },
    restore() {
      checkInPlace('restore');
      checkIdle(
        'restore',
        clipped.map(({ host }) => host),
      );
      gone = true;
      for (const { handle, release } of [...clipped].reverse()) {
        release();
        handle.restore();
      }
    },
  };
}

/**
 * Clips the activations of a model at levels that are learned while it trains, and rounds them to few bits: PACT (Choi et al. 2018,
 * https://arxiv.org/abs/1805.06085; see {@link pact}) in place of each ReLU. Each layer has a level α of its own, a variable beside its
 * kernel, or that of a layer before it where it has none; freezing that layer freezes the level. With {@link trainQuantized}, before or
 * after it, weights train on a grid as well.
 *
 * Until `restore` the model computes so, in training and in predictions. `codes()` has the grids: what layers give are the very bits of
 * code · scale. Stock TensorFlow.js has no place for rounded activations: a file has the weights, computes with its ReLUs, and finds the
 * grids in `getUserDefinedMetadata().weightkit.activations` where `withCodes` has put them.
 *
 * @example
 * const net = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ units: 8, inputShape: [4], activation: 'relu', name: 'hidden' }),
 *     tf.layers.dense({ units: 1, name: 'out' }),
 *   ],
 * });
 * const training = await trainActivations(net, { bits: 4, alpha: { x: tf.randomNormal([32, 4]) } });
 * net.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' }); // a new optimizer, for the levels
 * await net.fit(tf.randomNormal([32, 4]), tf.randomNormal([32, 1]), { epochs: 1, verbose: 0 });
 * const [{ path, outputs }] = await training.codes();
 * console.log(path, outputs[0].dtype); // -> hidden uint4
 * training.restore();
 *
 * @param model - a built LayersModel
 * @param options - see {@link TrainActivationsOptions}
 * @returns the levels in place
 * @throws RangeError for options out of range, for layers that do not end in a ReLU, and where no layer does; Error where activations are
 * clipped already or no weight trains; TypeError for other arguments. Nothing has changed then
 */
export async function trainActivations(
  model: ModelLike,
  options: TrainActivationsOptions = {},
): Promise<ActivationTraining> {
  checkModel(FN, model);
  checkOptions(FN, options, ['bits', 'alpha', 'decay', 'layers']);
  const { bits = 4, alpha = 10, decay = 0.0002, layers } = options;
  checkInteger(FN, 'bits', bits, 2, 8);
  checkNumber(`${FN}: decay must be finite and 0 or more`, decay, (v) => v >= 0 && Number.isFinite(v));
  const byExamples = typeof alpha === 'object' && alpha !== null;
  if (byExamples) checkCalibration(FN, model, alpha);
  else checkNumber(`${FN}: alpha must be above 0, or { x }`, alpha, (v) => v > 0 && Number.isFinite(Math.fround(v)));
  const named = chosenLayers(FN, 'layers', model, layers);
  if (layers !== undefined) {
    const strange = named.find(({ layer }) => !endsInReLU(layer));
    checkRange(strange === undefined, `${FN}: layers must end in a ReLU`, strange?.path);
  }
  const places = named.filter(({ layer }) => endsInReLU(layer));
  checkRange(
    places.length > 0,
    `${FN}: model must have a layer that ends in a ReLU`,
    named.map(({ path }) => path),
  );
  const all = weightsOf(model, undefined, FN);
  return exclusively(FN, all, async () => {
    const twice = parametrizationsOf(model, FN).find(({ kind }) => kind === KIND);
    if (twice)
      throw new Error(`${FN}: activations must not be clipped already (restore them first), got ${twice.path}`);
    const order = layersOf(model, FN);
    const hosts = places.map((place) => ({ place, host: hostOf(place.layer, order, all) }));
    if (hosts.some(({ host }) => host === undefined)) throw new Error(`${FN}: model must have a weight that trains`);
    const starts = byExamples ? await largestOutputs(model, places, alpha) : null;
    checkModel(FN, model);
    const clipped: Clipped[] = [];
    try {
      for (const { place, host } of hosts) {
        const { path, layer } = place;
        const level = Math.fround(starts?.get(layer) ?? (alpha as number));
        const handle = parametrize(host!, {
          forward: (w) => tf.clone(w),
          rightInverse: (w) => w,
          variables: { alpha: () => tf.scalar(level) },
          kind: KIND,
          fn: FN,
        });
        clipped.push({ path, host: host!, handle, release: () => {} });
        clipped.at(-1)!.release = wrapCall(layer, clippedCall(handle.variables.alpha!, bits, decay), FN);
      }
    } catch (error) {
      for (const { handle, release } of clipped.reverse()) {
        release();
        handle.restore();
      }
      throw error;
    }
    return handleOf(clipped, bits);
  });
}
