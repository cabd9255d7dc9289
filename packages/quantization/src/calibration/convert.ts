import * as tf from '@tensorflow/tfjs-core';
import {
  checkIdle,
  checkModel,
  chosenLayers,
  type LayerLike,
  type ModelLike,
  type Weight,
  weightsOf,
  wrapCall,
} from '@weightkit/core';
import {
  checkBoolean,
  checkInteger,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
  isPlainObject,
} from '@weightkit/numerics/check';
import { type Effect, effectBetween, observe } from '../effect/effect.ts';
import { type Probes, probeSet } from '../effect/probes.ts';
import { putValue } from '../effect/with-values.ts';
import { codeRange, isIntegerDtype } from '../grids/integers.ts';
import { QUANTIZE_MODEL, type QuantizeModelOptions, quantizeModel } from '../model/quantize-model.ts';
import type { QuantizedModel } from '../model/quantized-model.ts';
import type { CalibratedLayer, Calibration, ObservedActivation } from './calibration.ts';
import type { ObservedGrid } from './observer.ts';
import { roundedCall } from './round-activations.ts';

/** Options of {@link convert}. */
export interface ConvertOptions {
  /** How weights are quantized, see {@link quantizeModel}. @defaultValue its defaults */
  weights?: QuantizeModelOptions | undefined;
  /** Which activations are rounded. @defaultValue `'both'` */
  activations?: 'both' | 'inputs' | 'outputs' | undefined;
  /**
   * Inputs to measure the effect on outputs with, as of {@link quantizeModel}.
   *
   * @defaultValue none: `effect` is null
   */
  probes?: Probes | undefined;
}

/** Codes of activations as a file has them. */
export interface ActivationCodes extends Omit<ObservedGrid, 'clipped'> {
  /** The axis of the channels; null where there is one range. */
  axis: number | null;
}

/** A layer whose activations are rounded. */
export interface ConvertedLayer {
  /** The layer's path. */
  path: string;
  /** Codes of what it is given; null for what is left as it is. */
  inputs: (ActivationCodes | null)[];
  /** Codes of what it gives; null for what is left as it is. */
  outputs: (ActivationCodes | null)[];
}

/**
 * A model that computes as if it had integers, until `restore`. {@link save} writes it: weights as codes, activations' codes as
 * metadata.
 */
export interface Converted extends QuantizedModel {
  /** The layers whose activations are rounded. */
  layers: ConvertedLayer[];
  /** What rounded weights and activations together do to what the model says; null without probes. Weights alone: `report.effect`, with probes in `weights`. */
  effect: Effect | null;
  /** Puts back weights, to the bit, and calls, as they were before; again does nothing. */
  restore(): void;
}

/** Layers whose calls are rounded now. */
const converted = new WeakSet<LayerLike>();

function checkActivation(fn: string, place: string, one: unknown): asserts one is ObservedActivation | null {
  if (one === null) return;
  checkPlainObject(`${fn}: ${place} must be null or what calibrate returned`, one);
  const { dtype, narrow, axis, min, max, scales, zeroPoints } = one as unknown as ObservedActivation;
  checkType(isIntegerDtype(dtype), `${fn}: ${place}.dtype must be of integers`, dtype as unknown);
  checkBoolean(fn, `${place}.narrow`, narrow);
  if (axis !== null) checkInteger(fn, `${place}.axis`, axis, -8, 7);
  const { least, most } = codeRange(dtype, narrow);
  const isCode = (code: number) => Number.isInteger(code) && code >= least && code <= most;
  checkNumbers(`${fn}: ${place}.scales must be above 0`, scales, (x) => x > 0 && Number.isFinite(Math.fround(x)));
  checkNumbers(`${fn}: ${place}.zeroPoints must be codes of ${dtype}`, zeroPoints, isCode);
  checkNumbers(`${fn}: ${place}.min must be finite`, min, Number.isFinite);
  checkNumbers(`${fn}: ${place}.max must be finite`, max, Number.isFinite);
  const count = scales.length;
  checkRange(
    axis === null ? count === 1 : count > 0,
    `${fn}: ${place}.scales must be one, or one for a channel`,
    count,
  );
  for (const [name, list] of Object.entries({ min, max, zeroPoints }))
    checkRange(list.length === count, `${fn}: ${place}.${name} must have ${count} numbers`, list.length);
}

/** Throws unless it is what calibrate returned. */
function checkCalibrated(fn: string, calibration: unknown): asserts calibration is Calibration {
  const rule = `${fn}: calibration must be what calibrate returned`;
  checkPlainObject(rule, calibration);
  checkOptions(fn, calibration, ['layers', 'skipped', 'batches', 'examples'], 'calibration');
  const { layers } = calibration as { layers?: unknown };
  checkType(Array.isArray(layers), rule, layers);
  checkRange((layers as unknown[]).length > 0, `${fn}: calibration must have a layer`, layers);
  for (const [i, layer] of (layers as unknown[]).entries()) {
    checkType(isPlainObject(layer), rule, layer);
    const { path, inputs, outputs } = layer as Partial<CalibratedLayer>;
    checkType(typeof path === 'string', `${fn}: calibration.layers[${i}].path must be a string`, path);
    for (const [side, list] of Object.entries({ inputs, outputs })) {
      checkType(Array.isArray(list), `${fn}: ${side} of ${path} must be a list`, list);
      for (const [k, one] of list!.entries()) checkActivation(fn, `${side}[${k}] of ${path}`, one);
    }
  }
}

/** The shapes of what a layer is given and gives in the model; none inside layers that run it themselves. */
const shapesOf = (layer: LayerLike) =>
  (layer as unknown as { inboundNodes: Record<'inputShapes' | 'outputShapes', (number | null)[][]>[] }).inboundNodes[0];

/** Throws where channels have another number of scales than the layer has channels. */
function checkChannels(fn: string, layer: LayerLike, { path, inputs, outputs }: CalibratedLayer): void {
  const shapes = shapesOf(layer);
  for (const [side, list, known] of [
    ['inputs', inputs, shapes?.inputShapes],
    ['outputs', outputs, shapes?.outputShapes],
  ] as const)
    for (const [k, one] of list.entries()) {
      const shape = known?.[k];
      if (one === null || one.axis === null || shape === undefined) continue;
      const channels = shape.at(one.axis);
      const { length } = one.scales;
      checkRange(
        channels === null || channels === length,
        `${fn}: ${side}[${k}] of ${path}.scales must be one for each of ${channels ?? 'no'} channels at axis ${one.axis}`,
        length,
      );
    }
}

const codesOf = ({ dtype, narrow, min, max, scales, zeroPoints, axis }: ObservedActivation): ActivationCodes => ({
  dtype,
  narrow,
  min,
  max,
  scales,
  zeroPoints,
  axis,
});

/** Which activations of a layer are rounded. */
function chosenCodes(
  { path, inputs, outputs }: CalibratedLayer,
  activations: NonNullable<ConvertOptions['activations']>,
): ConvertedLayer {
  const side = (list: readonly (ObservedActivation | null)[], other: string) =>
    list.map((one) => (one === null || activations === other ? null : codesOf(one)));
  return { path, inputs: side(inputs, 'outputs'), outputs: side(outputs, 'inputs') };
}

/** Artifacts that say how activations are rounded. */
export function withActivations(
  artifacts: tf.io.ModelArtifacts,
  layers: readonly ConvertedLayer[],
): tf.io.ModelArtifacts {
  const before = artifacts.userDefinedMetadata as Record<string, unknown> | undefined;
  const own = isPlainObject(before?.weightkit) ? before.weightkit : {};
  return { ...artifacts, userDefinedMetadata: { ...before, weightkit: { ...own, activations: layers } } };
}

/** Gives weights the values that stock TensorFlow.js decodes from codes; what is returned takes them back. */
function putDecoded(weights: readonly Weight[], { artifacts, report }: QuantizedModel, undo: (() => void)[]): void {
  const decoded = tf.io.decodeWeights(artifacts.weightData!, artifacts.weightSpecs!);
  try {
    for (const { path, name } of report.weights)
      undo.push(putValue(weights.find((weight) => weight.path === path)!, decoded[name]!));
  } finally {
    tf.dispose(decoded);
  }
}

/** {@link convert} with the name that messages give. */
export async function convertAs(
  fn: string,
  model: ModelLike,
  calibration: Calibration,
  options: ConvertOptions,
): Promise<Converted> {
  checkModel(fn, model);
  checkCalibrated(fn, calibration);
  checkOptions(fn, options, ['weights', 'activations', 'probes']);
  const { weights: grid = {}, activations = 'both', probes } = options;
  checkPlainObject(`${fn}: weights must be options of quantizeModel`, grid);
  checkOptions(fn, grid, QUANTIZE_MODEL, 'weights');
  const sides: readonly unknown[] = ['both', 'inputs', 'outputs'];
  checkType(sides.includes(activations), `${fn}: activations must be among ${sides}`, activations);
  const paths = calibration.layers.map(({ path }) => path);
  const places = chosenLayers(fn, 'calibrated layers', model, paths);
  for (const layer of calibration.layers)
    checkChannels(fn, places.find(({ path }) => path === layer.path)!.layer, layer);
  const checkPlain = (): void => {
    const twice = places.find(({ layer }) => converted.has(layer));
    checkRange(twice === undefined, `${fn}: layers must not be converted already (restore them first)`, twice?.path);
  };
  checkPlain();
  const set = probes === undefined ? null : await probeSet(fn, model, probes);
  const before = set && (await observe(model, set, { layers: true }));
  const quantized = await quantizeModel(model, grid);
  // From here to the effect nothing is waited for, so that no other transform sees half of it.
  checkModel(fn, model);
  const weights = weightsOf(model, undefined, fn);
  checkIdle(fn, weights);
  checkPlain();
  const layers = calibration.layers.map((layer) => chosenCodes(layer, activations));
  const undo: (() => void)[] = [];
  const restore = (): void => {
    for (const one of undo.splice(0).reverse()) one();
  };
  try {
    putDecoded(weights, quantized, undo);
    for (const { layer, path } of places) {
      const { inputs, outputs } = layers.find((one) => one.path === path)!;
      undo.push(wrapCall(layer, roundedCall(inputs, outputs), fn));
      converted.add(layer);
      undo.push(() => converted.delete(layer));
    }
    const after = set && (await observe(model, set, { layers: true }));
    const effect = before && after && set ? effectBetween(before, after, set) : null;
    return {
      artifacts: withActivations(quantized.artifacts, layers),
      report: quantized.report,
      layers,
      effect,
      restore,
    };
  } catch (error) {
    restore();
    throw error;
  }
}

/**
 * Makes a model compute as if weights and activations were integers: the last step of prepare, calibrate, convert. Weights get the values of
 * their codes. Inputs and outputs of the calibrated layers are rounded to their codes before and after each call, and are clipped to
 * their ranges. This is simulated: numbers stay float32, and neither speed nor memory changes.
 *
 * Until `restore`, the model runs so. Gradients go straight through inside the ranges. {@link save} writes what was converted: a plain stock
 * model whose weights are codes. Stock TensorFlow.js has no place for rounded activations: it computes with the same weights and
 * activations of float32, and finds the codes in `getUserDefinedMetadata().weightkit.activations`.
 *
 * @example
 * const calibration = await calibrate(model, { x });
 * const converted = await convert(model, calibration, { weights: { dtype: 'uint8' }, probes: x });
 * console.log(converted.effect.probes, converted.effect.relative < 0.2); // -> 64 true
 * await save(converted, 'downloads://small');
 * converted.restore();
 *
 * @param model - the model that was calibrated, or one with the same layers
 * @param calibration - what {@link calibrate} returned; JSON keeps it
 * @param options - see {@link ConvertOptions}
 * @returns what was done, what {@link save} writes, and the way back
 * @throws RangeError for layers that are not in the model or converted already, for NaN or infinity in weights; TypeError or RangeError for other
 * arguments. Nothing has changed then
 */
export async function convert(
  model: ModelLike,
  calibration: Calibration,
  options: ConvertOptions = {},
): Promise<Converted> {
  return convertAs('convert', model, calibration, options);
}
