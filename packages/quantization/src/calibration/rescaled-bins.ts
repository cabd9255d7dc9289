import type { HistogramBins } from '../ranges/range-sample.ts';

/** Each bin is divided into so many before they are put elsewhere. */
const PARTS = 16;

/** torch.linspace: from both ends to the middle. */
function linspace(low: number, high: number, count: number): (i: number) => number {
  const step = (high - low) / (count - 1);
  return (i) => (i < count / 2 ? low + step * i : high - step * (count - 1 - i));
}

/**
 * A histogram over a range that holds its own, in as many bins: each bin is divided into 16 parts, and each part goes where its middle lies, as
 * torch's HistogramObserver does it. The sum of the counts stays.
 *
 * @param bins - where low and high are equal, all in one place
 */
export function rescaledBins(bins: HistogramBins, low: number, high: number): Float64Array {
  const { counts } = bins;
  const count = counts.length;
  if (bins.low === low && bins.high === high) return Float64Array.from(counts);
  const into = new Float64Array(count);
  if (bins.low === bins.high) {
    const place = Math.floor(((bins.low - low) * count) / (high - low));
    let all = 0;
    for (let i = 0; i < count; i++) all += counts[i]!;
    into[Math.min(Math.max(place, 0), count - 1)] = all;
    return into;
  }
  const edge = linspace(low, high, count + 1);
  const begin = linspace(bins.low, bins.high, count * PARTS + 1);
  const half = (bins.high - bins.low) / (count * PARTS) / 2;
  let place = 0;
  for (let i = 0; i < count * PARTS; i++) {
    const share = counts[Math.floor(i / PARTS)]! / PARTS;
    if (share === 0) continue;
    const middle = begin(i) + half;
    while (place < count - 1 && edge(place + 1) <= middle) place++;
    into[place]! += share;
  }
  return into;
}
