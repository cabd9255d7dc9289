import { matrixProduct } from '@weightkit/numerics';
import { checkFinite } from '@weightkit/numerics/check';
import { forEachPart, type Patches } from '../scores/input-patches.ts';

/**
 * XᵀX of what a kernel is multiplied with, added up over calls: one matrix, or of a depthwise convolution one for each channel, whose
 * windows are all that its filters see.
 */
export interface Calibration {
  /** The matrices, each inputs * inputs. */
  grams: Float64Array[];
  /** The side of a matrix. */
  inputs: number;
  /** How many rows of X were added up. */
  rows: number;
}

/** No rows yet. */
export function emptyCalibration(length: number, channels: number): Calibration {
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
export function addPatches(fn: string, path: string, calibration: Calibration, patches: Patches): void {
  const { grams, inputs } = calibration;
  const channels = grams.length;
  forEachPart(patches, (part, count) => {
    for (const [c, gram] of grams.entries()) {
      const rows = channels === 1 ? part : channelOf(part, count, inputs, channels, c);
      const more = matrixProduct(rows, rows, { rows: inputs, inner: count, cols: inputs, transposed: true });
      for (let i = 0; i < gram.length; i++) gram[i] = gram[i]! + more[i]!;
    }
  });
  calibration.rows += patches.count;
  for (const gram of grams) checkFinite(fn, 'products of activations', `the input of ${path}`, gram);
}

/** Σ over the outputs of vᵀ H v, the square of what X v is. */
export function energy(gram: Float64Array, v: Float64Array, inputs: number, outputs: number): number {
  const hv = matrixProduct(gram, v, { rows: inputs, inner: inputs, cols: outputs });
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * hv[i]!;
  return Math.max(0, sum);
}
