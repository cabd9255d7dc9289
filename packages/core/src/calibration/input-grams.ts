import type * as tf from '@tensorflow/tfjs-core';
import { matrixProduct } from '@weightkit/numerics';
import { checkFinite, checkInteger, checkRange, checkType } from '@weightkit/numerics/check';
import type { ModelLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { forEachPart, type Patches, visitPatches } from './input-patches.ts';

/**
 * XᵀX of what a kernel is multiplied with, added up over calls: one matrix, or of a depthwise convolution one for each channel, whose
 * windows are all that its filters see.
 */
export interface InputGrams {
  /** The matrices, each inputs * inputs. */
  grams: Float64Array[];
  /** The side of a matrix. */
  inputs: number;
  /** How many rows of X were added up. */
  rows: number;
}

/** No rows yet. */
function emptyGrams(length: number, channels: number): InputGrams {
  const inputs = channels === 0 ? 0 : length / channels;
  return { grams: Array.from({ length: channels }, () => new Float64Array(inputs * inputs)), inputs, rows: 0 };
}

/** The columns of one channel. */
function channelOf(part: Float64Array, count: number, inputs: number, channels: number, c: number): Float64Array {
  const own = new Float64Array(count * inputs);
  for (let i = 0, p = c; i < own.length; i++, p += channels) own[i] = part[p]!;
  return own;
}

/** Adds XᵀX of patches. */
function addPatches(fn: string, path: string, all: InputGrams, patches: Patches): void {
  const { grams, inputs } = all;
  const channels = grams.length;
  forEachPart(patches, (part, count) => {
    for (const [c, gram] of grams.entries()) {
      const rows = channels === 1 ? part : channelOf(part, count, inputs, channels, c);
      const more = matrixProduct(rows, rows, { rows: inputs, inner: count, cols: inputs, transposed: true });
      for (let i = 0; i < gram.length; i++) gram[i] = gram[i]! + more[i]!;
    }
  });
  all.rows += patches.count;
  for (const gram of grams) checkFinite(fn, 'products of activations', `the input of ${path}`, gram);
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/**
 * XᵀX of what a kernel is multiplied with when a model computes on a batch, in float64: what methods that look at the outputs of a layer
 * (SparseGPT, GPTQ) know of its inputs. It takes inputs² numbers.
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 * @param weight - a kernel for which {@link hasPatches} is true
 * @param batch - the model's input, or a list of its inputs; borrowed
 * @returns the matrices, all 0 where the layer is never called
 * @throws RangeError for activations that are not finite, by the path of the kernel; TypeError or RangeError for other arguments
 */
export async function inputGrams(
  fn: string,
  model: ModelLike,
  weight: Weight,
  batch: tf.Tensor | tf.Tensor[],
): Promise<InputGrams> {
  let all: InputGrams | undefined;
  const start = () => {
    const { shape } = weight;
    const channels = weight.layer!.getClassName() === 'DepthwiseConv2D' ? shape[shape.length - 2]! : 1;
    all ??= emptyGrams(product(shape.slice(0, -1)), channels);
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
