import {
  type CalibrationData,
  checkCalibration,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
} from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { type KernelProgress, packedSize } from './calibrated-kernels.ts';
import { type CheckedGptq, checkGptq, GPTQ, type GptqValuesOptions, gptqValuesAs } from './gptq-values.ts';
import { KERNEL_GRID } from './kernel-grid.ts';
import { layerByLayer, roundMatrices, type SeenKernel } from './layer-by-layer.ts';

/** What was done to a kernel. */
export interface GptqLayer {
  /** The kernel's path. */
  path: string;
  /** Whether its codes lie in another order than the kernel, as those of a transposed convolution do; left out where they do not. */
  transposed?: true | undefined;
  /**
   * Its codes and scales as plain data, of shape [inputs, outputs]: the kernel `[...window, in, out]` with its first axes as one. Of a
   * depthwise convolution inputs are the places of a window, and outputs the channels times the multiplier; of a transposed one, whose
   * kernel is `[...window, out, in]`, inputs are `[...window, in]`. `packCodes` packs them.
   */
  quantized: QuantizedValues;
  /** Bytes of packed codes and scales. The model has float32 values as before. */
  bytes: number;
  /** The rows of inputs that it was rounded by: examples, times the places of a window or the time steps. */
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
   * @defaultValue the kernels of dense layers, of convolutions of every kind, and of recurrent layers
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

/** Rounds a kernel by what its layer is given. */
export function gptqKernel(
  fn: string,
  path: string,
  values: Float32Array,
  seen: SeenKernel,
  settings: CheckedGptq,
): { layer: GptqLayer; values: Float32Array } {
  const { grams, rows } = seen;
  let dead = 0;
  const made = roundMatrices(fn, values, seen, settings.grid, (own, shape, product) => {
    const hessian = grams[product]!.map((v) => (2 / Math.max(1, rows)) * v);
    const found = gptqValuesAs(fn, own, shape, hessian, settings);
    dead += found.dead;
    return found;
  });
  const { quantized, error, nearest } = made;
  const layer: GptqLayer = { path, quantized, bytes: packedSize(quantized), rows, dead, error, nearest };
  return { layer, values: made.values };
}

/**
 * Rounds the kernels of a trained model to few bits by unlabelled examples, layer after layer: each so that what it gives for what the
 * rounded layers before it give changes least (GPTQ; Frantar et al. 2023, https://arxiv.org/abs/2210.17323). Convolutions are seen as
 * the products of their windows, depthwise ones channel by channel, and recurrent kernels as the products of the states of all time
 * steps, which those of the rounded kernel before them are. All in float64 on the host; it takes inputs³ steps and inputs² numbers for
 * each kernel.
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
  return layerByLayer<GptqLayer>(fn, model, data, options, {
    round: (path, values, seen) => gptqKernel(fn, path, values, seen, settings),
    valuesOf: ({ quantized }) => dequantizeValuesAs(fn, quantized),
  });
}
