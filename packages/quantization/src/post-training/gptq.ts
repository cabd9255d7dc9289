import {
  exclusively,
  type InputGrams,
  inCallOrder,
  inputGrams,
  type ModelLike,
  outputEnergy,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import {
  checkFinite,
  checkFunction,
  checkOptions,
  checkRange,
  checkType,
  isPlainObject,
} from '@weightkit/numerics/check';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import {
  assign,
  type CalibrationData,
  checkCalibration,
  type KernelProgress,
  keptValues,
  kernelsOf,
  packedSize,
} from './calibrated-kernels.ts';
import { type CheckedGptq, checkGptq, GPTQ, type GptqValuesOptions, gptqValuesAs } from './gptq-values.ts';
import { KERNEL_GRID, quantizeKernel } from './kernel-grid.ts';

/** What was done to a kernel. */
export interface GptqLayer {
  /** The kernel's path. */
  path: string;
  /**
   * Its codes and scales as plain data, of shape [inputs, outputs]: the kernel `[...window, in, out]` with its first axes as one. Of a
   * depthwise convolution inputs are the places of a window, and outputs the channels times the multiplier. `packCodes` packs them.
   */
  quantized: QuantizedValues;
  /** Bytes of packed codes and scales. The model has float32 values as before. */
  bytes: number;
  /** The rows of inputs that it was rounded by: examples, times the places of a window. */
  rows: number;
  /** Inputs that were 0 in all rows. Their weights are 0. */
  dead: number;
  /**
   * ‖X W − X Ŵ‖ / ‖X W‖: by how much the sums of the layer change, X being what the rounded layers before it give for the data, before
   * bias and activation; 0 where both are 0.
   */
  error: number;
  /** The same of the nearest codes with one scale for the same groups, to compare with. */
  nearest: number;
}

/** Options of {@link gptq}. */
export interface GptqOptions extends GptqValuesOptions {
  /**
   * Which kernels: a path, glob, RegExp, predicate or a list of these.
   *
   * @defaultValue the kernels of Dense, Conv1D, Conv2D, Conv3D and DepthwiseConv2D layers
   */
  filter?: WeightFilter | undefined;
  /**
   * Layers of an earlier run that ended before all were done, in the order in which they came: their codes are taken as they are, and
   * the rest follows as it would have then.
   */
  resume?: readonly GptqLayer[] | undefined;
  /** Called, and awaited, after each layer that is rounded; what it throws ends the run and leaves the model as it was. */
  onLayer?: ((layer: GptqLayer, progress: KernelProgress) => void | Promise<void>) | undefined;
}

/** What {@link gptq} did. */
export interface GptqReport {
  /** The kernels in the order in which they were rounded. */
  layers: GptqLayer[];
  /** Weights that stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** Bytes of packed codes and scales of all layers. */
  bytes: number;
  /** Puts back the kernels as they were before, whatever was done to them since. */
  restore(): void;
}

const fn = 'gptq';
const NAMES = [...KERNEL_GRID, ...GPTQ, 'filter', 'resume', 'onLayer'];

/** The columns of a matrix that belong to a channel. */
function columnsOf(values: Float32Array, rows: number, from: number, count: number): Float32Array {
  const all = rows === 0 ? 0 : values.length / rows;
  const own = new Float32Array(rows * count);
  for (let j = 0; j < rows; j++) own.set(values.subarray(j * all + from, j * all + from + count), j * count);
  return own;
}

function putColumns<T extends Float32Array | Int32Array | QuantizedValues['codes']>(
  to: T,
  part: T,
  rows: number,
  from: number,
): void {
  const count = rows === 0 ? 0 : part.length / rows;
  const all = rows === 0 ? 0 : to.length / rows;
  for (let j = 0; j < rows; j++) to.set(part.subarray(j * count, (j + 1) * count), j * all + from);
}

/** ‖X (a − b)‖² and ‖X a‖². */
function energies(gram: Float64Array, a: Float32Array, b: Float32Array, outputs: number): [number, number] {
  const w = Float64Array.from(a);
  return [
    outputEnergy(
      gram,
      w.map((v, i) => v - b[i]!),
      outputs,
    ),
    outputEnergy(gram, w, outputs),
  ];
}

const share = (lost: number, whole: number): number => (lost === 0 ? 0 : Math.sqrt(lost / whole));

/** Rounds a kernel by what its layer is given. */
function roundKernel(
  path: string,
  values: Float32Array,
  { grams, inputs, rows }: InputGrams,
  settings: CheckedGptq,
): { layer: GptqLayer; values: Float32Array } {
  const channels = grams.length;
  const all = inputs === 0 ? 0 : values.length / inputs;
  const outputs = channels === 0 ? 0 : all / channels;
  const plain = quantizeKernel(fn, values, inputs, all, settings.grid);
  const nearest = dequantizeValuesAs(fn, plain);
  const quantized = plain;
  const made = new Float32Array(values.length);
  const blocks = quantized.scales!.length / Math.max(1, all);
  let [dead, lost, whole, plainly] = [0, 0, 0, 0];
  for (const [c, gram] of grams.entries()) {
    const from = c * outputs;
    const own = columnsOf(values, inputs, from, outputs);
    const hessian = gram.map((v) => (2 / Math.max(1, rows)) * v);
    const found = gptqValuesAs(fn, own, [inputs, outputs], hessian, settings);
    putColumns(made, found.values, inputs, from);
    putColumns(quantized.codes, found.quantized.codes, inputs, from);
    putColumns(quantized.scales!, found.quantized.scales!, blocks, from);
    if (quantized.zeroPoints) putColumns(quantized.zeroPoints, found.quantized.zeroPoints!, blocks, from);
    dead += found.dead;
    const [more, energy] = energies(gram, own, found.values, outputs);
    lost += more;
    whole += energy;
    plainly += energies(gram, own, columnsOf(nearest, inputs, from, outputs), outputs)[0];
  }
  const layer: GptqLayer = {
    path,
    quantized,
    bytes: packedSize(quantized),
    rows,
    dead,
    error: share(lost, whole),
    nearest: share(plainly, whole),
  };
  return { layer, values: made };
}

/** The layers of an earlier run, with the values that their codes stand for. */
function resumed(resume: unknown, kernels: readonly Weight[]): Map<string, { layer: GptqLayer; values: Float32Array }> {
  checkType(Array.isArray(resume), `${fn}: resume must be a list of layers of gptq`, resume);
  const found = new Map<string, { layer: GptqLayer; values: Float32Array }>();
  for (const [i, layer] of (resume as GptqLayer[]).entries()) {
    checkType(isPlainObject(layer), `${fn}: resume[${i}] must be a layer of gptq`, layer);
    const weight = kernels[i];
    checkRange(
      weight !== undefined && layer.path === weight.path,
      `${fn}: resume[${i}] must be of ${weight?.path ?? 'no kernel more'}`,
      layer.path,
    );
    const values = dequantizeValuesAs(fn, layer.quantized);
    const size = weight!.shape.reduce((a, b) => a * b, 1);
    checkRange(values.length === size, `${fn}: resume[${i}] must have ${size} codes`, values.length);
    found.set(layer.path, { layer, values });
  }
  return found;
}

/**
 * Rounds the kernels of a trained model to few bits by unlabelled examples, layer after layer: each so that what it gives for what the
 * rounded layers before it give changes least (GPTQ; Frantar et al. 2023, https://arxiv.org/abs/2210.17323). Convolutions are seen as
 * the products of their windows, depthwise ones channel by channel. All in float64 on the host; it takes inputs³ steps and inputs²
 * numbers for each layer.
 *
 * The model computes with the rounded values, in float32 as before: memory and speed do not change, and a file of it is as large as
 * before, until `quantizeModel` or your own format stores the codes. Stock TensorFlow.js has one scale for a weight and 8 bits at
 * least; codes and scales of groups are in the report, as plain data.
 *
 * @example
 * const report = await gptq(model, { x }, { dtype: 'int4' });
 * console.log(report.layers.map(({ path }) => path).join(' ')); // -> dense1/kernel encoder/inner/kernel out/kernel
 * const [{ error, nearest }] = report.layers; // of the first layer: GPTQ's, and by rounding to the nearest
 *
 * @param model - a built LayersModel
 * @param data - inputs, as many examples as the widest layer has inputs or more
 * @param options - the grid, GPTQ's numbers, and what to do on the way
 * @returns what was done to each layer, and the way back
 * @throws RangeError for NaN or infinity in weights or activations, by path, for options out of range and a filter that matches other
 * weights than these kernels; TypeError for an unknown option; Error when the model is not built, or when a weight is parametrized.
 * Nothing has changed then
 */
export async function gptq(model: ModelLike, data: CalibrationData, options: GptqOptions = {}): Promise<GptqReport> {
  checkCalibration(fn, model, data);
  checkOptions(fn, options, NAMES);
  const settings = checkGptq(fn, options);
  const { filter, resume = [], onLayer } = options;
  if (onLayer !== undefined) checkFunction(fn, 'onLayer', onLayer);
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const { kernels, skipped } = kernelsOf(fn, model, filter);
    const ordered = inCallOrder(fn, model, kernels, data.x);
    const done = resumed(resume, ordered);
    const { values: originals, restore } = await keptValues(fn, ordered);
    const layers: GptqLayer[] = [];
    try {
      for (const weight of ordered) {
        const { path, variable, shape } = weight;
        const earlier = done.get(path);
        let values = earlier?.values;
        let layer = earlier?.layer;
        if (values === undefined || layer === undefined) {
          const grams = await inputGrams(fn, model, weight, data.x);
          if (grams.rows === 0) {
            skipped.push({ path, reason: 'the model does not call its layer' });
            continue;
          }
          ({ layer, values } = roundKernel(path, originals.get(path)!, grams, settings));
          checkFinite(fn, 'rounded weights', path, values);
        }
        assign(variable!, values, shape);
        layers.push(layer);
        if (!earlier) await onLayer?.(layer, { done: layers.length, total: ordered.length });
      }
    } catch (error) {
      restore();
      throw error;
    }
    return { layers, skipped, bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0), restore };
  });
}
