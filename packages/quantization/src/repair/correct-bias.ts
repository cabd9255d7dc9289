import * as tf from '@tensorflow/tfjs-core';
import {
  allDone,
  checkModel,
  checkModelAndBatch,
  exclusively,
  type ModelLike,
  type SkippedWeight,
  weightsOf,
  wrapCall,
} from '@weightkit/core';
import { checkOptions, checkType, isPlainObject } from '@weightkit/numerics/check';
import { checkFiniteData } from '../effect/finite-data.ts';
import { checkRunnable, isGraph, type Runnable } from '../effect/runnable.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';
import { matchedDtypes } from '../model/choose-dtypes.ts';
import { absorbedBias } from './absorb-bias.ts';
import { type Call, callsOf, type GraphLayer, sharedLayers } from './calls.ts';
import { correctBiasGraph } from './correct-bias-graph.ts';
import { type Probes, relativeError } from './difference.ts';
import { expectedInputs } from './expected-inputs.ts';
import { type LinearLayer, linearLayer } from './kernel-units.ts';
import { disposeModel, rebuilt } from './rebuild.ts';
import { roundedKernel } from './rounded-kernel.ts';
import { checkStatistics, unitsOfCalls } from './statistics.ts';
import type { UnitStatistics } from './unit-statistics.ts';
import { valuesByPath } from './values-of.ts';

/** Options of {@link correctBias}. */
export interface CorrectBiasOptions {
  /**
   * What the kernels will be rounded to: one data type, or data types by pattern of the weight's path, as {@link quantizeModel} takes them.
   * Kernels that no pattern matches are not rounded.
   *
   * @defaultValue `'uint8'`
   */
  dtype?: QuantizedDtype | Readonly<Record<string, QuantizedDtype>>;
}

/** A layer whose bias was corrected. */
export interface CorrectedBias {
  /** The path of the layer. */
  path: string;
  /** How many units it has. */
  units: number;
  /** The largest change of its bias. */
  largest: number;
}

/** What {@link correctBias} returns. */
export interface BiasCorrection<M> {
  /** The model with other biases, which belongs to the caller. It is not compiled. Its kernels are not rounded yet. */
  model: M;
  /** Layers with another bias. */
  corrected: CorrectedBias[];
  /** Layers whose biases stay, with the reason. */
  skipped: SkippedWeight[];
  /** ‖ŷ − y‖ / ‖y‖ of the outputs on the data, ŷ with rounded kernels; null without data. */
  error: {
    /** With the biases as they were. */
    before: number;
    /** With the biases as they are. */
    after: number;
  } | null;
}

/** A layer to correct. */
interface Target {
  call: Call;
  linear: LinearLayer;
}

type Values = Map<string, Float32Array>;
type Dtypes = ReadonlyMap<string, QuantizedDtype>;

/** The layers that can be corrected, and why others cannot. */
function targetsOf(calls: readonly Call[]): { targets: Target[]; skipped: SkippedWeight[] } {
  const shared = sharedLayers(calls);
  const targets: Target[] = [];
  const skipped = new Map<string, string>();
  for (const call of calls) {
    const linear = linearLayer(call.path, call.layer);
    if (!linear) continue;
    if (shared.has(call.layer))
      skipped.set(call.path, 'it is called more than once, and its bias is the same each time');
    else if (call.layer.dataFormat === 'channelsFirst') skipped.set(call.path, 'it has its units first');
    else targets.push({ call, linear });
  }
  return { targets, skipped: [...skipped].map(([path, reason]) => ({ path, reason })) };
}

/** What the kernels of all layers decode to once they are rounded. */
function roundedKernels(fn: string, calls: readonly Call[], values: Values, dtypes: Dtypes): Values {
  const result: Values = new Map();
  for (const { path, layer } of calls)
    for (const stage of linearLayer(path, layer)?.stages ?? [])
      if (!result.has(stage.path))
        result.set(stage.path, roundedKernel(fn, stage.path, values.get(stage.path)!, dtypes.get(stage.path)));
  return result;
}

/** Corrections from statistics: W E x − Ŵ E x. */
function analytic(
  targets: readonly Target[],
  statistics: Readonly<Record<string, UnitStatistics>>,
  values: Values,
  rounded: Values,
  skipped: SkippedWeight[],
): Map<Target, Float64Array> {
  const found = new Map<Target, Float64Array>();
  for (const target of targets) {
    const { call, linear } = target;
    const means = expectedInputs(call, statistics);
    if (typeof means === 'string') {
      skipped.push({ path: call.path, reason: means });
      continue;
    }
    const through = (kernels: Values) =>
      linear.stages.reduce((given, { path, units }) => absorbedBias(kernels.get(path)!, units, given), means);
    const after = through(rounded);
    found.set(
      target,
      through(values).map((value, i) => value - after[i]!),
    );
  }
  return found;
}

/** Corrections by running the model as it is and rounded, layer after layer, each on what the corrected ones before it give. */
async function measured(
  fn: string,
  model: ModelLike,
  data: Probes,
  targets: readonly Target[],
  values: Values,
  rounded: Values,
): Promise<{ corrections: Map<Target, Float64Array>; error: { before: number; after: number } }> {
  // The layers give what they have before their activation, which the wrappers apply.
  const configs = new Map(targets.map(({ call: { layer } }) => [layer, { activation: 'linear' }]));
  const same = rebuilt(fn, model, { removed: new Set(), configs, values: new Map() }, values);
  const coarse = rebuilt(fn, model, { removed: new Set(), configs, values: rounded }, values);
  const inputs = [data].flat() as tf.Tensor[];
  const means = new Map<string, tf.Tensor>();
  const shifts = new Map<string, tf.Tensor>();
  const run = async (of: ModelLike, see: (path: string, z: tf.Tensor) => tf.Tensor): Promise<Float32Array[]> => {
    const layers = new Map(callsOf(fn, of).map((call) => [call.path, call.layer]));
    const unwrap = targets.map(({ call: { path, layer } }) =>
      wrapCall(layers.get(path)!, (call, given, kwargs) => {
        const z = see(path, call(given, kwargs) as tf.Tensor);
        return (layer.activation?.apply(z) as tf.Tensor | undefined) ?? z;
      }),
    );
    let outputs: tf.Tensor[] = [];
    try {
      outputs = [of.predictOnBatch(inputs.length === 1 ? inputs[0]! : inputs)].flat() as tf.Tensor[];
      return (await allDone(outputs.map((output) => output.data()))).map((found) => Float32Array.from(found));
    } finally {
      tf.dispose(outputs);
      for (const remove of unwrap) remove();
    }
  };
  const meanOf = (z: tf.Tensor): tf.Tensor => tf.mean(z, [...z.shape.keys()].slice(0, -1));
  try {
    const exact = await run(same, (path, z) => {
      means.set(path, tf.keep(meanOf(z)));
      return z;
    });
    const before = await run(coarse, (_, z) => z);
    const after = await run(coarse, (path, z) => {
      const shift = tf.keep(tf.sub(means.get(path)!, meanOf(z)));
      shifts.set(path, shift);
      return tf.add(z, shift);
    });
    const found = await allDone(
      targets.map(async (target) => [target, Float64Array.from(await shifts.get(target.call.path)!.data())] as const),
    );
    return {
      corrections: new Map(found),
      error: { before: relativeError(exact, before), after: relativeError(exact, after) },
    };
  } finally {
    tf.dispose([...means.values(), ...shifts.values()]);
    disposeModel(same);
    disposeModel(coarse);
  }
}

/**
 * Bias correction: rounding a kernel shifts the mean of what each unit gives, E Ŵx − E Wx, and the bias takes it back. The kernels
 * stay as they are; {@link quantizeModel} rounds them, by the same rule.
 *
 * By data, one batch is run through the model as it is and rounded, and each layer corrected on what the corrected layers before
 * it give. From statistics (those of {@link foldBatchNorm}, scaled by {@link equalize}) no data is needed: E ReLU(x) of a normal x has a
 * closed form; zeros that a convolution pads with are taken for such x. A layer without a bias gets one. Biases are corrected for
 * kernels alone: leave them at 16 bits or more.
 *
 * A GraphModel takes data, in as many batches as its inputs want; nodes without a bias stay as they are.
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, section 4.2.)
 *
 * @example
 * const { model: better, corrected, error } = await correctBias(model, x);
 * console.log(corrected.length > 0, error.after < 0.1); // -> true true
 *
 * @param model - a built LayersModel or a GraphModel, which is not changed
 * @param data - a batch of inputs as `predict` takes it, borrowed; or statistics by the paths of layers
 * @param options - see {@link CorrectBiasOptions}
 * @returns the new model and what was done
 * @throws TypeError for other arguments; RangeError for NaN or infinity in a weight or in data, by index, data of another shape, and
 * statistics of layers that are not there; Error for a class of layers that is not registered
 */
export async function correctBias<M extends Runnable>(
  model: M,
  data: Probes | Readonly<Record<string, UnitStatistics>>,
  options: CorrectBiasOptions = {},
): Promise<BiasCorrection<M>> {
  const fn = 'correctBias';
  checkOptions(fn, options, ['dtype']);
  const { dtype = 'uint8' } = options;
  checkRunnable(fn, model);
  const all = weightsOf(model, undefined, fn);
  const dtypes = matchedDtypes(fn, model, dtype, new Set(all.map(({ path }) => path)));
  if (isGraph(model)) {
    const isData = data instanceof tf.Tensor || Array.isArray(data);
    checkType(isData, `${fn}: data must be tensors for a GraphModel`, data);
    return exclusively(fn, all, () => correctBiasGraph(fn, model, data as readonly tf.Tensor[], dtypes));
  }
  return ofLayers(fn, model as ModelLike, data, dtypes) as Promise<BiasCorrection<never>>;
}

async function ofLayers(
  fn: string,
  model: ModelLike,
  data: Probes | Readonly<Record<string, UnitStatistics>>,
  dtypes: Dtypes,
): Promise<BiasCorrection<ModelLike>> {
  const statistics = isPlainObject(data) ? (data as Readonly<Record<string, UnitStatistics>>) : undefined;
  if (!statistics) checkModelAndBatch(fn, model, data as tf.Tensor, 'data');
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    if (!statistics) await checkFiniteData(fn, [data].flat() as tf.Tensor[]);
    const values = (await valuesByPath(fn, model)) as Values;
    checkModel(fn, model);
    const calls = callsOf(fn, model);
    if (statistics) checkStatistics(fn, unitsOfCalls(calls), statistics);
    const { targets, skipped } = targetsOf(calls);
    const rounded = roundedKernels(fn, calls, values, dtypes);
    const { corrections, error } = statistics
      ? { corrections: analytic(targets, statistics, values, rounded, skipped), error: null }
      : await measured(fn, model, data as Probes, targets, values, rounded);
    const biases: Values = new Map();
    const configs = new Map<GraphLayer, Record<string, unknown>>();
    const corrected: CorrectedBias[] = [];
    for (const [{ call, linear }, shift] of corrections) {
      const bias = values.get(linear.bias) ?? new Float32Array(shift.length);
      biases.set(
        linear.bias,
        bias.map((value, i) => value + shift[i]!),
      );
      configs.set(call.layer, { useBias: true, biasConstraint: null });
      const largest = shift.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      corrected.push({ path: call.path, units: shift.length, largest });
    }
    const made = rebuilt(fn, model, { removed: new Set(), configs, values: biases }, values);
    return { model: made, corrected, skipped, error };
  });
}
