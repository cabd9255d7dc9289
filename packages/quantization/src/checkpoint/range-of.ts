import type { CheckpointTensor } from '@weightkit/checkpoint';
import { extent } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { binsOf, type RangeSample, sampleOf, sampleOfBins } from '../ranges/range-sample.ts';

/** Values in a piece: 1 MB of float32. */
export const PIECE = 1 << 18;
/** Where the values of a tensor lie; low above high where there are none. */
export interface Range {
  low: number;
  high: number;
  /** The sum of the squares of the values. */
  squares: number;
}

/** The smallest and the largest value, piece by piece, and with `square` the sum of squares. */
export async function rangeOf(
  tensor: CheckpointTensor,
  signal: AbortSignal | undefined,
  square = false,
): Promise<Range> {
  let [low, high, at, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for await (const piece of tensor.chunks(PIECE)) {
    signal?.throwIfAborted();
    const values = piece as Float32Array;
    const { min, max, nonFinite } = extent(values);
    if (min < low) low = min;
    if (max > high) high = max;
    if (nonFinite > 0)
      for (let i = 0; i < values.length; i++)
        checkRange(
          Number.isFinite(values[i]),
          `quantizeCheckpoint: values must be finite (leave the tensor out by filter) at ${tensor.name}[${at + i}]`,
          values[i],
        );
    if (square) for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
    at += values.length;
  }
  return { low, high, squares };
}

/** Bins for the values of a tensor that is too large to hold. */
const BINS = 1 << 14;

/** What searches for a range look at: the values of a tensor of one piece, the histogram of a larger one. */
export async function sampleFrom(
  tensor: CheckpointTensor,
  { low, high }: Range,
  signal: AbortSignal | undefined,
): Promise<RangeSample> {
  const counts = new Float64Array(BINS);
  for await (const piece of tensor.chunks(PIECE)) {
    signal?.throwIfAborted();
    const sample = sampleOf(piece as Float32Array);
    if (sample.values.length === tensor.shape.reduce((a, b) => a * b, 1)) return sample;
    const { counts: some } = binsOf(sample, BINS, low, high);
    for (let i = 0; i < BINS; i++) counts[i]! += some[i]!;
  }
  return sampleOfBins({ counts, low, high });
}
