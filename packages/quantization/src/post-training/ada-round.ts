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
import {
  ADA_ROUND,
  type AdaRoundValuesOptions,
  adaRoundValuesAs,
  type CheckedAdaRound,
  checkAdaRound,
} from './ada-round-values.ts';
import { type KernelProgress, packedSize } from './calibrated-kernels.ts';
import { KERNEL_GRID } from './kernel-grid.ts';
import { layerByLayer, roundMatrices, type SeenKernel } from './layer-by-layer.ts';

/** What was done to a kernel. */
export interface AdaRoundLayer {
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
  /** How many codes are not the nearest. */
  moved: number;
  /**
   * ‖X W − X Ŵ‖ / ‖X W‖: by how much the sums of the layer change, X being what the rounded layers before it give for the data, before
   * bias and activation; 0 where both are 0.
   */
  error: number;
  /** The same of the nearest codes, to compare with. */
  nearest: number;
}

/** Options of {@link adaRound}. */
export interface AdaRoundOptions extends AdaRoundValuesOptions {
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
  resume?: readonly AdaRoundLayer[] | undefined;
  /** Called, and awaited, after each layer that is rounded; what it throws ends the run and leaves the model as it was. */
  onLayer?: ((layer: AdaRoundLayer, progress: KernelProgress) => void | Promise<void>) | undefined;
}

/** What {@link adaRound} did. */
export interface AdaRoundReport {
  /** The kernels in the order in which they were rounded. */
  layers: AdaRoundLayer[];
  /** Weights that stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** Bytes of packed codes and scales of all layers. */
  bytes: number;
  /** Puts back the kernels as they were before, whatever was done to them since. */
  restore(): void;
}

const fn = 'adaRound';

/** Rounds a kernel by what its layer is given. */
export function adaRoundKernel(
  fn: string,
  path: string,
  values: Float32Array,
  seen: SeenKernel,
  settings: CheckedAdaRound,
): { layer: AdaRoundLayer; values: Float32Array } {
  const { grams, rows } = seen;
  let moved = 0;
  const made = roundMatrices(fn, values, seen, settings.grid, (own, shape, product) => {
    const found = adaRoundValuesAs(fn, own, shape, grams[product]!, settings);
    moved += found.moved;
    return found;
  });
  const { quantized, error, nearest } = made;
  const layer: AdaRoundLayer = { path, quantized, bytes: packedSize(quantized), rows, moved, error, nearest };
  return { layer, values: made.values };
}

/**
 * Rounds the kernels of a trained model to few bits by unlabelled examples, layer after layer: for each weight it is learned which of
 * the two codes beside it changes the sums of the layer least (AdaRound; Nagel et al. 2020, https://arxiv.org/abs/2004.10568; see
 * {@link adaRoundValues}). No layer changes more than to the nearest codes. Convolutions are seen as the products of their windows,
 * depthwise ones channel by channel, and recurrent kernels as the products of the states of all time steps. All in float64 on the host:
 * for each kernel and each step, inputs² times outputs steps.
 *
 * The model computes with the rounded values, in float32 as before: memory and speed do not change. Codes and scales are in the report,
 * as plain data.
 *
 * @example
 * const report = await adaRound(model, { x }, { dtype: 'int4', iterations: 100, learningRate: 0.1 });
 * const [first] = report.layers;
 * console.log(first.path, first.error <= first.nearest); // -> dense1/kernel true
 *
 * @param model - a built LayersModel
 * @param data - inputs: a few hundred examples of what the model will see, better more than the widest layer has inputs
 * @param options - the grid, how it is learned, and what to do on the way
 * @returns what was done to each layer, and the way back
 * @throws RangeError for NaN or infinity in weights or activations, by path, for options out of range and a filter that matches other
 * weights than these kernels; TypeError for an unknown option; Error when the model is not built, or when a weight is parametrized.
 * Nothing has changed then
 */
export async function adaRound(
  model: ModelLike,
  data: CalibrationData,
  options: AdaRoundOptions = {},
): Promise<AdaRoundReport> {
  checkCalibration(fn, model, data);
  checkOptions(fn, options, [...KERNEL_GRID, ...ADA_ROUND, 'filter', 'resume', 'onLayer']);
  const settings = checkAdaRound(fn, options);
  return layerByLayer<AdaRoundLayer>(fn, model, data, options, {
    round: (path, values, seen) => adaRoundKernel(fn, path, values, seen, settings),
    valuesOf: ({ quantized }) => dequantizeValuesAs(fn, quantized),
  });
}
