import { binsOf, type ClipRange, type RangeSample } from './range-sample.ts';

/** Bins for each code. */
const BINS = 8;
/** So much of both distributions is spread evenly, so that no share is 0. */
const EVEN = 1e-4;

/**
 * The range whose codes lose the least information: the Kullback-Leibler divergence of what is clipped to it, Σ p log(p / q), from what
 * its codes make of it (Migacz 2017, "8-bit inference with TensorRT", GTC). The sample is put in 8 bins for each code. A range is
 * narrower than the one before by the outer bin that lies farther from 0; p has what lies beyond it in its outer bins,
 * q what lies inside, bins of one code alike, but those without anything.
 *
 * @param sample - one value or more
 * @param codes - how many codes there are, 256 at most
 * @param symmetric - whether the range is −t..t
 */
export function entropyRange(sample: RangeSample, codes: number, symmetric: boolean): ClipRange {
  const widest = Math.max(-sample.low, sample.high);
  const [low, high] = symmetric ? [-widest, widest] : [sample.low, sample.high];
  if (!(low < high)) return { min: low, max: high };
  const count = BINS * codes;
  const { counts } = binsOf(sample, count, low, high);
  const width = (high - low) / count;
  const edge = (i: number): number => (i === count ? high : low + i * width);
  let [from, to, least] = [0, count, Number.POSITIVE_INFINITY];
  let best: ClipRange = { min: low, max: high };
  const room = { p: new Float64Array(count), q: new Float64Array(count) };
  while (to - from >= codes) {
    const divergence = divergenceOf(counts, from, to, codes, room);
    if (divergence < least) [least, best] = [divergence, { min: edge(from), max: edge(to) }];
    if (symmetric) [from, to] = [from + 1, to - 1];
    else if (Math.abs(edge(from)) > Math.abs(edge(to))) from++;
    else to--;
  }
  return best;
}

/** Σ p log(p / q) for the bins from `from` to before `to`. */
function divergenceOf(
  counts: ArrayLike<number>,
  from: number,
  to: number,
  codes: number,
  { p, q }: { p: Float64Array; q: Float64Array },
): number {
  const length = to - from;
  let inside = 0;
  for (let i = 0; i < length; i++) {
    p[i] = counts[from + i]!;
    inside += p[i]!;
  }
  if (inside === 0) return Number.POSITIVE_INFINITY;
  let total = inside;
  for (let i = 0; i < from; i++) {
    p[0]! += counts[i]!;
    total += counts[i]!;
  }
  for (let i = to; i < counts.length; i++) {
    p[length - 1]! += counts[i]!;
    total += counts[i]!;
  }
  for (let code = 0; code < codes; code++) {
    const first = Math.floor((code * length) / codes);
    const end = Math.floor(((code + 1) * length) / codes);
    let [sum, held] = [0, 0];
    for (let i = first; i < end; i++) {
      sum += counts[from + i]!;
      if (p[i]! > 0) held++;
    }
    for (let i = first; i < end; i++) q[i] = p[i]! > 0 ? sum / held : 0;
  }
  const even = EVEN / length;
  let divergence = 0;
  for (let i = 0; i < length; i++) {
    const a = (1 - EVEN) * (p[i]! / total) + even;
    const b = (1 - EVEN) * (q[i]! / inside) + even;
    divergence += a * Math.log(a / b);
  }
  return divergence;
}
