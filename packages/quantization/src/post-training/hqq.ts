import {
  checkModel,
  exclusively,
  isKernel,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkFunction, checkOptions, checkRange } from '@weightkit/numerics/check';
import { assign, checkPlainWeights, type KernelProgress, keptValues } from './calibrated-kernels.ts';
import { checkHqq, HQQ, type HqqValues, type HqqValuesOptions, hqqValuesOf } from './hqq-values.ts';

/** What was done to a kernel. */
export interface HqqLayer {
  /** The kernel's path. */
  path: string;
  /** Its codes as plain data, of shape [inputs, outputs]: the kernel with all its axes but the last as one. */
  quantized: HqqValues;
  /** Bytes of packed codes, scales and zero points. The model has float32 values as before. */
  bytes: number;
  /** The mean of |w − ŵ|. */
  error: number;
  /** The same where the codes spread from the least value of a group to the greatest, to compare with. */
  spread: number;
}

/** Options of {@link hqq}. */
export interface HqqOptions extends HqqValuesOptions {
  /**
   * Which float32 weights of rank 2 or more: a path, glob, RegExp, predicate or a list of these.
   *
   * @defaultValue kernels of every kind
   */
  filter?: WeightFilter | undefined;
  /** Called, and awaited, after each kernel; what it throws ends the run and leaves the model as it was. */
  onLayer?: ((layer: HqqLayer, progress: KernelProgress) => void | Promise<void>) | undefined;
}

/** What {@link hqq} did. */
export interface HqqReport {
  /** The kernels in the order of the model. */
  layers: HqqLayer[];
  /** Weights that stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** Bytes of packed codes, scales and zero points of all. */
  bytes: number;
  /** Puts back the kernels as they were before, whatever was done to them since. */
  restore(): void;
}

const fn = 'hqq';

const meanError = (a: Float32Array, b: Float32Array): number =>
  a.length === 0 ? 0 : a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / a.length;

/**
 * Rounds the kernels of a model to few bits without data, each group of weights to a grid whose zero point lies where errors are least
 * (half-quadratic quantization; see {@link hqqValues}). Kernels of every kind: of recurrent layers and embeddings too.
 *
 * The model computes with the rounded values, in float32 as before: memory and speed do not change. Codes, scales and zero points are
 * in the report, as plain data.
 *
 * @example
 * const report = await hqq(model, { bits: 3, group: 4 });
 * console.log(report.layers.map(({ path }) => path).join(' ')); // -> dense1/kernel encoder/inner/kernel out/kernel
 * const [{ error, spread }] = report.layers; // of the first kernel: HQQ's, and without its zero points
 *
 * @param model - a built LayersModel
 * @param options - bits, groups, the numbers of the method, and which kernels
 * @returns what was done to each kernel, and the way back
 * @throws RangeError for NaN or infinity in weights, by path, for options out of range and a filter that matches weights of rank 1;
 * TypeError for an unknown option; Error when the model is not built, or when a weight is parametrized. Nothing has changed then
 */
export async function hqq(model: ModelLike, options: HqqOptions = {}): Promise<HqqReport> {
  checkModel(fn, model);
  const all = weightsOf(model, undefined, fn);
  checkOptions(fn, options, [...HQQ, 'filter', 'onLayer']);
  const settings = checkHqq(fn, options);
  const { filter = isKernel, onLayer } = options;
  if (onLayer !== undefined) checkFunction(fn, 'onLayer', onLayer);
  const kernels = weightsOf(model, filter, fn);
  const strange = kernels.find(({ shape }) => shape.length < 2);
  checkRange(strange === undefined, `${fn}: filter must match weights of rank 2 or more`, strange?.path);
  return exclusively(fn, all, async () => {
    checkPlainWeights(fn, model, kernels);
    const { values, restore } = await keptValues(fn, kernels);
    const chosen = new Set(kernels.map(({ path }) => path));
    const skipped = all
      .filter(({ path }) => !chosen.has(path))
      .map((weight) => ({
        path: weight.path,
        reason: isKernel(weight) ? 'the filter leaves it out' : 'it is no kernel',
      }));
    const layers: HqqLayer[] = [];
    try {
      for (const { path, shape, variable } of kernels) {
        const before = values.get(path)!;
        const outputs = shape[shape.length - 1]!;
        const matrix = [outputs === 0 ? 0 : before.length / outputs, outputs] as const;
        const quantized = hqqValuesOf(before, matrix, settings);
        checkFinite(fn, 'rounded weights', path, quantized.values);
        const plain = hqqValuesOf(before, matrix, { ...settings, iterations: 0 });
        const packed = Math.ceil((before.length * settings.bits) / 8);
        const layer: HqqLayer = {
          path,
          quantized,
          bytes: packed + 8 * quantized.scales.length,
          error: meanError(before, quantized.values),
          spread: meanError(before, plain.values),
        };
        assign(variable!, quantized.values, shape);
        layers.push(layer);
        await onLayer?.(layer, { done: layers.length, total: kernels.length });
      }
    } catch (error) {
      restore();
      throw error;
    }
    return { layers, skipped, bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0), restore };
  });
}
