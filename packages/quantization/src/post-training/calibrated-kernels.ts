import * as tf from '@tensorflow/tfjs-core';
import {
  finiteValues,
  hasProducts,
  isKernel,
  type ModelLike,
  PRODUCT_LAYERS,
  parametrizationsOf,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { bitsOf } from './kernel-grid.ts';

/** How far a method is that goes kernel by kernel. */
export interface KernelProgress {
  /** How many kernels are done. */
  done: number;
  /** How many there are, those of layers that the model does not call among them. */
  total: number;
}

/** Throws where a weight is parametrized. */
export function checkPlainWeights(fn: string, model: ModelLike, weights: readonly Weight[]): void {
  const raws = new Set(parametrizationsOf(model, fn).map(({ raw }) => raw));
  const parametrized = weights.find(({ variable }) => raws.has(variable!));
  if (parametrized)
    throw new Error(`${fn}: weights must not be parametrized (fold them first), got ${parametrized.path}`);
}

/** The kernels that a filter lets through, and why the other weights stay. */
export function kernelsOf(
  fn: string,
  model: ModelLike,
  filter: WeightFilter | undefined,
): { kernels: Weight[]; skipped: SkippedWeight[] } {
  const all = weightsOf(model, undefined, fn);
  const chosen = filter === undefined ? all : weightsOf(model, filter, fn);
  const strange = filter === undefined ? undefined : chosen.find((weight) => !hasProducts(weight));
  checkRange(
    strange === undefined,
    `${fn}: filter must match kernels of layers of class ${PRODUCT_LAYERS} alone`,
    strange?.path,
  );
  const paths = new Set(chosen.filter(hasProducts).map(({ path }) => path));
  const kernels = all.filter(({ path }) => paths.has(path));
  checkPlainWeights(fn, model, kernels);
  const reasonOf = (weight: Weight): string => {
    if (!isKernel(weight)) return 'it is no kernel';
    return hasProducts(weight) ? 'the filter leaves it out' : `its layer is not of class ${PRODUCT_LAYERS}`;
  };
  const skipped = all
    .filter(({ path }) => !paths.has(path))
    .map((weight) => ({ path: weight.path, reason: reasonOf(weight) }));
  return { kernels, skipped };
}

/** The values of kernels as they are, and a function that puts them back. */
export async function keptValues(
  fn: string,
  kernels: readonly Weight[],
): Promise<{ values: Map<string, Float32Array>; restore: () => void }> {
  const values = new Map<string, Float32Array>();
  for (const weight of kernels) values.set(weight.path, await finiteValues(fn, weight));
  return {
    values,
    restore: () => {
      for (const { variable, path, shape } of kernels)
        if (!variable!.isDisposed) assign(variable!, values.get(path)!, shape);
    },
  };
}

/** Puts values in a variable. */
export function assign(variable: tf.Variable, values: Float32Array, shape: readonly number[]): void {
  const value = tf.tensor(values, [...shape], 'float32');
  variable.assign(value);
  value.dispose();
}

/** Bytes of packed codes and of scales of 4 bytes; zero points have as many bits as codes. */
export function packedSize({ dtype, codes, scales, zeroPoints }: QuantizedValues): number {
  const bits = bitsOf(dtype);
  const points = zeroPoints?.length ?? 0;
  const perScale = dtype.startsWith('mx') ? 1 : 4;
  return Math.ceil((codes.length * bits) / 8) + perScale * (scales?.length ?? 0) + Math.ceil((points * bits) / 8);
}
