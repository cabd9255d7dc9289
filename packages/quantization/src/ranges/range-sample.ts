/** A histogram with bins of one width. */
export interface HistogramBins {
  /** How much lies in each bin: whole numbers, or shares where histograms were joined. */
  counts: ArrayLike<number>;
  /** The left edge of the first bin, which is the least value that was seen. */
  low: number;
  /** The right edge of the last bin, which is the greatest value that was seen. */
  high: number;
}

/** What a search for a range looks at: values in ascending order and how many there are of each. */
export interface RangeSample {
  values: Float32Array | Float64Array;
  /** null where each is there once. */
  counts: Float64Array | null;
  /** The least and the greatest value, which of a histogram are its outer edges. */
  low: number;
  high: number;
}

/** Where codes reach from and to. */
export interface ClipRange {
  /** The least value that is not clipped. */
  min: number;
  /** The greatest. */
  max: number;
}

/** Values as a sample; one or more, none NaN or infinite. */
export function sampleOf(values: Float32Array): RangeSample {
  const sorted = values.slice().sort();
  return { values: sorted, counts: null, low: sorted[0]!, high: sorted[sorted.length - 1]! };
}

/** A histogram as a sample: the middle of each bin that holds anything. */
export function sampleOfBins({ counts, low, high }: HistogramBins): RangeSample {
  const width = (high - low) / counts.length;
  const held = Array.from(counts, (count, i) => [low + (i + 0.5) * width, count] as const).filter(([, n]) => n > 0);
  return {
    values: Float64Array.from(held, ([middle]) => middle),
    counts: Float64Array.from(held, ([, count]) => count),
    low,
    high,
  };
}

/** A sample as a histogram over [low, high]; a value on an inner edge lies in the bin above. */
export function binsOf({ values, counts }: RangeSample, bins: number, low: number, high: number): HistogramBins {
  const into = new Float64Array(bins);
  const perUnit = bins / (high - low);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i]! - low) * perUnit);
    into[Math.min(Math.max(bin, 0), bins - 1)]! += counts === null ? 1 : counts[i]!;
  }
  return { counts: into, low, high };
}
