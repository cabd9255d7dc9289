import type * as tf from '@tensorflow/tfjs-core';
import { matrixProduct } from '@weightkit/numerics';
import { checkFinite, checkInteger, checkRange, checkType } from '@weightkit/numerics/check';
import type { ModelLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { visitPatches } from './input-patches.ts';
import { kernelProducts } from './kernel-products.ts';
import { forEachPart, type Patches } from './patches.ts';

/** XᵀX and Σ |x| of what each of the {@link kernelProducts} of a kernel is multiplied with, added up over calls. */
export interface InputGrams {
  /** The matrices, each inputs * inputs. */
  grams: Float64Array[];
  /** The sums of |x| of each input, a list for each matrix. */
  magnitudes: Float64Array[];
  /** The side of a matrix. */
  inputs: number;
  /** How many rows of X were added up. */
  rows: number;
}

/** Adds XᵀX of the patches of each product, and their sums of |x|. */
function addPatches(fn: string, path: string, all: InputGrams, patches: readonly Patches[]): void {
  const { grams, magnitudes, inputs } = all;
  for (const [i, part] of patches.entries()) {
    const gram = grams[i]!;
    const sums = magnitudes[i]!;
    forEachPart(part, (rows, count) => {
      for (let k = 0; k < rows.length; k += inputs)
        for (let j = 0; j < inputs; j++) sums[j] = sums[j]! + Math.abs(rows[k + j]!);
      const more = matrixProduct(rows, rows, { rows: inputs, inner: count, cols: inputs, transposed: true });
      for (let k = 0; k < gram.length; k++) gram[k] = gram[k]! + more[k]!;
    });
    checkFinite(fn, 'products of activations', `the input of ${path}`, gram);
  }
  all.rows += patches[0]?.count ?? 0;
}

/**
 * XᵀX of what a kernel is multiplied with when a model computes on a batch, in float64: what methods that look at the outputs of a layer
 * (SparseGPT, GPTQ, AWQ) know of its inputs, and how large each is. It takes inputs² numbers.
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 * @param weight - a kernel for which {@link hasProducts} is true
 * @param batch - the model's input, or a list of its inputs; borrowed
 * @returns a matrix and a list of sums for each of the {@link kernelProducts}, all 0 where the layer is never called
 * @throws RangeError for activations that are not finite, by the path of the kernel; TypeError or RangeError for other arguments
 */
export async function inputGrams(
  fn: string,
  model: ModelLike,
  weight: Weight,
  batch: tf.Tensor | tf.Tensor[],
): Promise<InputGrams> {
  let all: InputGrams | undefined;
  // Once visitPatches has checked the weight.
  const start = () => {
    const products = kernelProducts(weight);
    const grams = products.map(({ inputs }) => new Float64Array(inputs * inputs));
    const magnitudes = products.map((product) => new Float64Array(product.inputs));
    all ??= { grams, magnitudes, inputs: products[0]?.inputs ?? 0, rows: 0 };
    return all;
  };
  await visitPatches(fn, model, [weight], batch, (_, patches) => addPatches(fn, weight.path, start(), patches));
  return start();
}

/**
 * Σ over the outputs of vᵀ G v: with G = XᵀX the square of what X V is, ‖X V‖².
 *
 * @param gram - inputs * inputs entries, one matrix of {@link inputGrams}
 * @param v - inputs * outputs entries in row-major order
 * @param outputs - the number of columns of v
 * @returns 0 or more
 * @throws TypeError or RangeError for lengths that do not fit, and for a sum beyond float64
 */
export function outputEnergy(gram: Float64Array, v: Float64Array, outputs: number): number {
  checkType(gram instanceof Float64Array, 'outputEnergy: gram must be a Float64Array', gram);
  checkType(v instanceof Float64Array, 'outputEnergy: v must be a Float64Array', v);
  checkInteger('outputEnergy', 'outputs', outputs, 0);
  const inputs = Math.sqrt(gram.length);
  checkRange(Number.isInteger(inputs), 'outputEnergy: gram must be square', gram.length);
  checkRange(v.length === inputs * outputs, `outputEnergy: v must have ${inputs * outputs} entries`, v.length);
  checkFinite('outputEnergy', 'entries', 'gram', gram);
  checkFinite('outputEnergy', 'entries', 'v', v);
  const hv = matrixProduct(gram, v, { rows: inputs, inner: inputs, cols: outputs });
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * hv[i]!;
  return Math.max(0, sum);
}
