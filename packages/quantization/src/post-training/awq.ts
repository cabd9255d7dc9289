import {
  type CalibrationData,
  checkCalibration,
  type KernelProduct,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
} from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { AWQ, type AwqValuesOptions, awqValuesAs, type CheckedAwq, checkAwq, unscaled } from './awq-values.ts';
import { type KernelProgress, packedSize } from './calibrated-kernels.ts';
import { KERNEL_GRID } from './kernel-grid.ts';
import { columnsOfProducts } from './kernel-matrix.ts';
import { layerByLayer, roundMatrices, type SeenKernel } from './layer-by-layer.ts';

/** What was done to a kernel. */
export interface AwqLayer {
  /** The kernel's path. */
  path: string;
  /** Whether its codes lie in another order than the kernel, as those of a transposed convolution do; left out where they do not. */
  transposed?: true | undefined;
  /**
   * The codes and scales of its weights times the factors as plain data, of shape [inputs, outputs]: the kernel `[...window, in, out]`
   * with its first axes as one. Of a depthwise convolution inputs are the places of a window, and outputs the channels times the
   * multiplier; of a transposed one, whose kernel is `[...window, out, in]`, inputs are `[...window, in]`. `packCodes` packs them.
   */
  quantized: QuantizedValues;
  /**
   * What the weights of each input were multiplied with, one for each input; of a depthwise convolution [places, channels], row-major.
   * Of a GRU's `recurrentKernel` [inputs, 2], for its first two gates see the states, and its last what a gate leaves of them.
   * The model has (code − zero point) · scale / factor.
   */
  factors: Float32Array;
  /**
   * How many outputs in a row share a factor of an input, of which the last may be fewer: all of them; of a depthwise convolution its
   * multiplier, of a GRU's `recurrentKernel` those of its first two gates.
   */
  factorColumns: number;
  /** The power of mean |x| that the factors are; of a depthwise convolution one for each channel, of a GRU's `recurrentKernel` two. */
  alphas: number[];
  /** Bytes of packed codes, scales and factors. The model has float32 values as before. */
  bytes: number;
  /** The rows of inputs that it was rounded by: examples, times the places of a window or the time steps. */
  rows: number;
  /**
   * ‖X W − X Ŵ‖ / ‖X W‖: by how much the sums of the layer change, X being what the rounded layers before it give for the data, before
   * bias and activation; 0 where both are 0.
   */
  error: number;
  /** The same of the nearest codes with one scale for the same groups, to compare with. */
  nearest: number;
}

/** Options of {@link awq}. */
export interface AwqOptions extends AwqValuesOptions {
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
  resume?: readonly AwqLayer[] | undefined;
  /** Called, and awaited, after each layer that is rounded; what it throws ends the run and leaves the model as it was. */
  onLayer?: ((layer: AwqLayer, progress: KernelProgress) => void | Promise<void>) | undefined;
}

/** What {@link awq} did. */
export interface AwqReport {
  /** The kernels in the order in which they were rounded. */
  layers: AwqLayer[];
  /** Weights that stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** Bytes of packed codes, scales and factors of all layers. */
  bytes: number;
  /** Puts back the kernels as they were before, whatever was done to them since. */
  restore(): void;
}

const fn = 'awq';

/** Rounds a kernel by what its layer is given. */
export function awqKernel(
  fn: string,
  path: string,
  values: Float32Array,
  seen: SeenKernel,
  settings: CheckedAwq,
): { layer: AwqLayer; values: Float32Array } {
  const { grams, magnitudes, inputs, rows, products } = seen;
  const factors = new Float32Array(inputs * products.length);
  const alphas: number[] = [];
  const made = roundMatrices(fn, values, seen, settings.grid, (own, shape, product) => {
    const statistics = { hessian: grams[product]!, magnitudes: magnitudes[product]! };
    const found = awqValuesAs(fn, own, shape, statistics, settings);
    for (const [j, factor] of found.factors.entries()) factors[j * products.length + product] = factor;
    alphas.push(found.alpha);
    return found;
  });
  const { quantized, error, nearest } = made;
  const bytes = packedSize(quantized) + factors.byteLength;
  const factorColumns = products[0]?.outputs ?? 0;
  return {
    layer: { path, quantized, factors, factorColumns, alphas, bytes, rows, error, nearest },
    values: made.values,
  };
}

/** What a layer of an earlier run stands for, as the matrix of a kernel. */
export function awqKernelValues(
  fn: string,
  { path, quantized, factors }: Pick<AwqLayer, 'path' | 'quantized' | 'factors'>,
  products: readonly KernelProduct[],
): Float32Array {
  checkType(factors instanceof Float32Array, `${fn}: factors of ${path} must be a Float32Array`, factors);
  const strange = factors.find((factor) => !(factor > 0 && factor < Number.POSITIVE_INFINITY));
  checkRange(strange === undefined, `${fn}: factors of ${path} must be finite and above 0`, strange);
  const inputs = products[0]?.inputs ?? 0;
  const fits = factors.length === inputs * products.length;
  checkRange(fits, `${fn}: factors of ${path} must be one for each input`, factors.length);
  return unscaled(fn, quantized, factors, columnsOfProducts(products));
}

/**
 * Rounds the kernels of a trained model to few bits by unlabelled examples, layer after layer: weights of inputs that are large are
 * multiplied before they are rounded, so that their codes are nearer, and divided after it (AWQ; Lin et al. 2023,
 * https://arxiv.org/abs/2306.00978; see {@link awqValues}). No layer changes more than to the nearest codes. Convolutions are seen as the
 * products of their windows, depthwise ones channel by channel, and recurrent kernels as the products of the states of all time steps.
 * All in float64 on the host: for each kernel and each α that is tried, inputs² times outputs steps.
 *
 * The model computes with the rounded values, in float32 as before: memory and speed do not change. Factors are in its kernels again;
 * nothing else of it changes. Codes, scales and factors are in the report, as plain data.
 *
 * @example
 * const report = await awq(model, { x }, { dtype: 'int4', group: 4 });
 * const [first] = report.layers;
 * console.log(first.path, first.error <= first.nearest); // -> dense1/kernel true
 *
 * @param model - a built LayersModel
 * @param data - inputs: a few hundred examples of what the model will see
 * @param options - the grid, what is searched, and what to do on the way
 * @returns what was done to each layer, and the way back
 * @throws RangeError for NaN or infinity in weights or activations, by path, for options out of range and a filter that matches other
 * weights than these kernels; TypeError for an unknown option; Error when the model is not built, or when a weight is parametrized.
 * Nothing has changed then
 */
export async function awq(model: ModelLike, data: CalibrationData, options: AwqOptions = {}): Promise<AwqReport> {
  checkCalibration(fn, model, data);
  checkOptions(fn, options, [...KERNEL_GRID, ...AWQ, 'filter', 'resume', 'onLayer']);
  const settings = checkAwq(fn, options);
  return layerByLayer<AwqLayer>(fn, model, data, options, {
    round: (path, values, seen) => awqKernel(fn, path, values, seen, settings),
    valuesOf: (layer, products) => awqKernelValues(fn, layer, products),
  });
}
