import type { ClipRange, RangeSample } from './range-sample.ts';

/** The value at a rank of the sorted sample, linear between neighbors: numpy.quantile of all values, each as often as it is there. */
function atRank({ values, counts }: RangeSample, total: number, share: number): number {
  const position = (total - 1) * share;
  const below = Math.floor(position);
  const t = position - below;
  if (counts === null) {
    const a = values[below]!;
    return a + (values[Math.min(below + 1, values.length - 1)]! - a) * t;
  }
  let i = 0;
  let passed = counts[0]!;
  while (passed <= below && i < values.length - 1) passed += counts[++i]!;
  const a = values[i]!;
  const b = below + 1 < passed || i === values.length - 1 ? a : values[i + 1]!;
  return a + (b - a) * t;
}

/**
 * The range that leaves out as much below as above: the quantiles (1 − p) / 2 and (1 + p) / 2 for p = percentile / 100.
 *
 * @param sample - one value or more
 * @param percentile - how much of the sample is not clipped, in percent, in (0, 100]
 */
export function percentileRange(sample: RangeSample, percentile: number): ClipRange {
  const total = sample.counts === null ? sample.values.length : sample.counts.reduce((a, b) => a + b, 0);
  const tail = (1 - percentile / 100) / 2;
  return { min: atRank(sample, total, tail), max: atRank(sample, total, 1 - tail) };
}
