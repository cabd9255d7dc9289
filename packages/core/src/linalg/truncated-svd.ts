import type * as tf from '@tensorflow/tfjs-core';
import * as numerics from '@weightkit/numerics';
import { matrixOf } from './matrix.ts';
import { type SvdTensors, svdTensors } from './svd.ts';

/** A truncated decomposition and what it leaves out. */
export interface TruncatedSvdTensors extends SvdTensors {
  /** An upper bound of the Frobenius norm of A - U diag(s) Vt for the tensors returned, their rounding to float32 included. */
  errorBound: number;
}

/** What rounding the factors to float32 can add: 2^-24 of each, and what is too small for that. */
const roundingOf = (s: Float64Array): number => 2 ** -22 * Math.hypot(...s) + 2 ** -149 * s.length;

/**
 * The leading singular values and vectors by random projection, in float64 on the host, with a bound of what is left out.
 * Not differentiable.
 *
 * @param a - [rows, cols], float32 or int32; borrowed
 * @param options - `rank`, and how the search goes: `oversampling` (10), `powerIterations` (2), `seed` (0)
 * @returns u [rows, rank], s [rank] and vt [rank, cols] in float32, the caller's, and `errorBound`
 * @example
 * const { u, s, vt, errorBound } = await linalg.truncatedSvd(tf.randomNormal([200, 100]), { rank: 5 });
 *
 * @throws RangeError for an option out of range and for a non-finite entry
 */
export async function truncatedSvd(a: tf.Tensor, options: numerics.TruncatedSvdOptions): Promise<TruncatedSvdTensors> {
  const { data, rows, cols } = await matrixOf('truncatedSvd', 'a', a);
  const found = numerics.truncatedSvd(data, { rows, cols }, options);
  const tensors = svdTensors('truncatedSvd', found, rows, cols);
  return { ...tensors, errorBound: found.errorBound + roundingOf(found.s) };
}
