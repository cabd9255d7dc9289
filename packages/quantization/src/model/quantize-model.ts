import type * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, checkListening, computedTensor, plainCodec, toArtifacts } from '@weightkit/checkpoint';
import { exclusively, type FoldedModel, foldModel, type Weight, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkFinite, checkOptions, checkType } from '@weightkit/numerics/check';
import {
  bitsByEffect,
  type Candidate,
  type Candidates,
  checkGoal,
  type Goal,
  type Sensitivity,
} from '../effect/bits-by-effect.ts';
import { effectBetween, type Observed, observe } from '../effect/effect.ts';
import { type ProbeSet, type Probes, probeSet } from '../effect/probes.ts';
import { checkRunnable, isGraph, type Runnable } from '../effect/runnable.ts';
import { withValues } from '../effect/with-values.ts';
import { dequantize } from '../grids/dequantize.ts';
import { isDtype, type Quantized, type QuantizedDtype } from '../grids/quantized.ts';
import { checkRangeOptions, type RangeOptions } from '../ranges/range-options.ts';
import type { RangeMethod } from '../ranges/search-range.ts';
import { type Choice, chooseDtypes, type DtypeOption, knownOf } from './choose-dtypes.ts';
import { codedTensor, measured } from './coded-tensor.ts';
import { codesFor, optionsFor } from './codes-for.ts';
import { isDefault, plainDefault } from './default-dtype.ts';
import type { QuantizedModel, QuantizedWeight, WeightSensitivity } from './quantized-model.ts';

const FN = 'quantizeModel';

/** The names of {@link QuantizeModelOptions}. */
export const QUANTIZE_MODEL = [
  'dtype',
  'filter',
  'rename',
  'probes',
  'agree',
  'among',
  'bytes',
  'range',
  'percentile',
  'onProgress',
  'signal',
];

/** Options of {@link quantizeModel}. */
export interface QuantizeModelOptions {
  /**
   * What the codes are: one data type for all weights, or data types by pattern of the weight's path, of which the first that
   * matches counts, as in `{ '**\/kernel': 'uint8', '**': 'float16' }`. A pattern that matches nothing is an error.
   *
   * `'auto'` chooses float32, float16, uint16 or uint8 for each weight by what it does to the outputs, see `agree` and `bytes`: each weight
   * is tried alone on up to 32 probes, fewer where there are many weights (about a thousand runs in all), and of all choices for one size that with the
   * least sum of squared changes is taken.
   *
   * @defaultValue `uint8` for kernels whose errors together leave 46 dB of signal to noise; float16 for others and what breaks in 8 bits:
   * biases, weights and statistics of norms, depthwise kernels, recurrent cells; float32 where float16 has too few digits, for
   * what goes through a logarithm, and for the smallest weights, which together are half a percent of all
   */
  dtype?: DtypeOption | 'auto';
  /**
   * Inputs to measure the effect on outputs with: a tensor, a list of one tensor for each input, or how many are to be made of the
   * model's own statistics, see {@link compareOutputs}. The report has it as `effect`.
   *
   * @defaultValue none, and with `dtype: 'auto'` 512 that are made
   */
  probes?: Probes;
  /**
   * With `dtype: 'auto'`: the share of top classes that must stay, in 0..1; outputs that are no classes may change by the rest of it,
   * in relative L2. Each weight gets the fewest bytes that this allows.
   *
   * @defaultValue `0.99` without `bytes`
   */
  agree?: number | undefined;
  /** With `dtype: 'auto'`: how many bytes the weights may take at most, model.json apart, at the least change of outputs. */
  bytes?: number | undefined;
  /**
   * With `dtype: 'auto'`: the data types to choose from, beside float32.
   *
   * @defaultValue `['float16', 'uint16', 'uint8']`
   */
  among?: readonly QuantizedDtype[] | undefined;
  /**
   * Where codes of 8 bits reach from and to, see {@link clippingRange}: outliers are clipped, and the steps of the others become
   * smaller. 0 stays exact.
   *
   * @defaultValue `'minmax'`: nothing is clipped, as the converter does it
   */
  range?: RangeMethod;
  /** With `range: 'percentile'`: how much of a weight is not clipped, in percent. @defaultValue `99.99` */
  percentile?: number;
  /**
   * Which weights may be quantized; the others are stored as they are. One that matches nothing is an error.
   *
   * @defaultValue all, as the tensorflowjs converter does; only float32 weights are quantized in any case
   */
  filter?: WeightFilter;
  /**
   * Whether weights may have other names in the file where stock TensorFlow.js could not tell them apart, as `saveFolded` of
   * `@weightkit/core` does it.
   *
   * @defaultValue `false`: an error
   */
  rename?: boolean;
  /** With `dtype: 'auto'`: called after each weight that was tried; a promise is waited for. @defaultValue nothing */
  onProgress?: ((progress: SensitivityProgress) => void | Promise<void>) | undefined;
  /** With `dtype: 'auto'`: stops between weights that are tried; the model is then as it was. @defaultValue none */
  signal?: AbortSignal | undefined;
}

/** How far the trial of weights is. */
export interface SensitivityProgress {
  /** The path of the weight that was tried. */
  path: string;
  /** How many are done. */
  done: number;
  /** Of how many. */
  total: number;
}

/** A float32 tensor with its bytes at hand; others as they are. */
async function held(tensor: CheckpointTensor): Promise<CheckpointTensor> {
  const { name, shape, dtype, byteLength } = tensor;
  if (dtype !== 'float32') return tensor;
  const bytes = (await tensor.bytes()).slice();
  return computedTensor({
    name,
    shape,
    dtype,
    encoding: { kind: 'plain' },
    codec: plainCodec(dtype),
    byteLength,
    async *stream() {
      yield bytes;
    },
  });
}

const ratio = ({ maxError, bound }: QuantizedWeight): number => (maxError === 0 ? 0 : maxError / bound);

/**
 * Quantizes the weights of a model, parametrizations folded in, to the format of the tensorflowjs converter that every
 * TensorFlow.js loads: 1 byte (uint8) or 2 bytes (uint16, float16) a weight instead of 4. The model is not changed.
 *
 * Each weight is quantized by {@link quantize} with a scale of its own; zeros stay exact zeros, so that a pruned model keeps
 * its sparsity. A GraphModel is quantized as well; its codes are those that {@link quantizeModel} gives, in float64. Loaders expand the codes to float32: files and downloads shrink, memory and speed stay as they are.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
 * const quantized = await quantizeModel(model, { dtype: 'uint8' });
 * console.log(quantized.report.bytesBefore, quantized.report.bytesAfter); // -> 32 8
 *
 * @param model - a built LayersModel, or a GraphModel that is loaded
 * @param options - see {@link QuantizeModelOptions}
 * @returns the artifacts for {@link save} and the report
 * @throws RangeError that names path and index of a NaN, an infinity or a value that does not fit, for a filter or pattern that matches
 * nothing, and for `bytes` that are too few, of which its `least` are enough; TypeError for other arguments; Error when two weights have one name
 */
export async function quantizeModel(model: Runnable, options: QuantizeModelOptions = {}): Promise<QuantizedModel> {
  checkOptions(FN, options, QUANTIZE_MODEL);
  const { dtype, filter, rename = false, probes } = options;
  checkRunnable(FN, model);
  checkRangeOptions(FN, options);
  checkListening(FN, options);
  const goal = goalOf(options);
  const set = probes === undefined && !goal ? null : await probeSet(FN, model, probes === undefined ? 512 : probes);
  const weights = weightsOf(model, undefined, FN);
  return exclusively(FN, weights, async () => {
    chooseDtypes(model, dtype === 'auto' ? 'uint8' : dtype, filter); // What is wrong is said before anything is read.
    const live = await foldModel(FN, model, { rename });
    // Trying codes puts other tensors into a graph, after which the ones that were there cannot be read.
    const folded = isGraph(model) ? { ...live, tensors: await Promise.all(live.tensors.map(held)) } : live;
    const choices = chooseDtypes(model, dtype === 'auto' ? 'uint8' : dtype, filter, knownOf(model, folded));
    const before = set && (await observe(model, set, { layers: true }));
    const work = { model, weights, options };
    const found = goal && before && set ? await byEffect({ ...work, set, before }, folded, choices, goal) : null;
    const { report, coded } = await codesOf(folded, choices, found?.chosen ?? null, options);
    if (found) report.sensitivity = found.sensitivity.map(plainSensitivity);
    if (before && set) {
      const values = new Map([...coded.values()].map(({ path, quantized }) => [path, dequantize(quantized)]));
      const after = await withValues(weights, values, () => observe(model, set, { layers: true }));
      report.effect = effectBetween(before, after, set);
    }
    const written = folded.tensors.map((tensor) => coded.get(tensor)?.tensor ?? tensor);
    report.bytesAfter = written.reduce((sum, { byteLength }) => sum + byteLength, 0);
    report.certificate = report.weights.reduce((worst, weight) => Math.max(worst, ratio(weight)), 0);
    const { weightSpecs, weightData } = await toArtifacts(
      { format: 'tfjs', tensors: written, extras: {}, close: async () => {} },
      FN,
    );
    const specs = weightSpecs as unknown as tf.io.WeightsManifestEntry[];
    return { artifacts: { ...folded.artifacts, weightSpecs: specs, weightData }, report };
  });
}

/** What was tried with a weight, as the report has it. */
const plainSensitivity = ({ path, tried: [first, ...tried] }: Sensitivity<Quantized>): WeightSensitivity => ({
  path,
  bytes: first!.bytes,
  tried: tried.map(({ option, bytes, effect }) => ({
    dtype: option!.choice.dtype,
    bytes,
    agree: effect!.agree,
    relative: effect!.relative,
  })),
  probes: tried[0]?.effect?.probes ?? 0,
});

/** What `dtype: 'auto'` is to reach; null for other data types. */
function goalOf({ dtype, agree, bytes, among, onProgress, signal }: QuantizeModelOptions): Goal | null {
  if (dtype !== 'auto') {
    for (const [name, option] of Object.entries({ agree, bytes, among, onProgress, signal }))
      checkType(option === undefined, `${FN}: ${name} must come with dtype: 'auto'`, option);
    return null;
  }
  const listed = among === undefined || (Array.isArray(among) && among.length > 0 && Array.from(among).every(isDtype));
  checkType(listed, `${FN}: among must be a list of uint8, uint16 or float16`, among);
  return checkGoal(FN, { agree, bytes });
}

/** Codes of the weights of a folded model, and the report of them. */
async function codesOf(
  { tensors, paths }: FoldedModel,
  choices: ReadonlyMap<string, Choice>,
  chosen: ReadonlyMap<string, Candidate<Quantized>> | null,
  options: RangeOptions,
) {
  const coded = new Map<CheckpointTensor, { path: string; tensor: CheckpointTensor; quantized: Quantized }>();
  const report: QuantizedModel['report'] = {
    weights: [],
    skipped: [],
    bytesBefore: 0,
    bytesAfter: 0,
    certificate: 0,
    effect: null,
    sensitivity: null,
  };
  const plan = plainDefault(
    tensors.map(({ shape }, i) => {
      const choice = choices.get(paths[i]!)!;
      const plain = 'dtype' in choice && isDefault(choice.dtype) ? choice.dtype : null;
      return { name: paths[i]!, count: shape.reduce((a, b) => a * b, 1), choice: plain };
    }),
  );
  for (const [i, tensor] of tensors.entries()) {
    const path = paths[i]!;
    const { name, dtype: type, byteLength: bytes } = tensor;
    const choice = choices.get(path)!;
    report.bytesBefore += bytes;
    const skip = (reason: string) => report.skipped.push({ path, name, dtype: type, bytes, reason });
    if ('reason' in choice) {
      skip(choice.reason);
      continue;
    }
    const values = (await tensor.values()) as Float32Array;
    const quantized = chosen
      ? (chosen.get(path)?.choice ?? { reason: 'float32 is what the outputs need' })
      : codesFor(path, values, choice.dtype, plan, options);
    if ('reason' in quantized) {
      skip(quantized.reason);
      continue;
    }
    coded.set(tensor, { path, tensor: codedTensor(tensor, quantized), quantized });
    report.weights.push(measured(path, name, values, quantized));
  }
  return { report, coded };
}

/** The codes that `dtype: 'auto'` takes, by path. */
async function byEffect(
  {
    model,
    weights,
    set,
    before,
    options,
  }: { model: Runnable; weights: readonly Weight[]; set: ProbeSet; before: Observed; options: QuantizeModelOptions },
  { tensors, paths }: FoldedModel,
  choices: ReadonlyMap<string, Choice>,
  goal: Goal,
): Promise<{ chosen: Map<string, Candidate<Quantized>>; sensitivity: Sensitivity<Quantized>[] }> {
  const candidates: Candidates<Quantized>[] = [];
  let fixedBytes = 0;
  for (const [i, tensor] of tensors.entries()) {
    const path = paths[i]!;
    if ('reason' in choices.get(path)!) {
      fixedBytes += tensor.byteLength;
      continue;
    }
    const values = (await tensor.values()) as Float32Array;
    checkFinite(FN, 'values', path, values);
    candidates.push({ path, bytes: tensor.byteLength, options: optionsFor(path, values, options) });
  }
  const { onProgress, signal } = options;
  const onTried = async (tried: string, done: number): Promise<void> => {
    await onProgress?.({ path: tried, done, total: candidates.length });
    signal?.throwIfAborted();
  };
  return bitsByEffect(FN, model, weights, candidates, { ...goal, fixedBytes, onTried }, set, before);
}
