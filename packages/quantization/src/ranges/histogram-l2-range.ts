import type { ClipRange, HistogramBins } from './range-sample.ts';

/** What share of the histogram is given up at a time. */
const STEP = 1e-5;

const cubes = (begin: number, end: number): number => (end * end * end - begin * begin * begin) / 3;

/**
 * The square error of a histogram whose bins from `start` to `end` are divided into so many codes, where each bin's values lie
 * evenly in it and what is beyond goes to the outermost codes.
 */
function errorOf({ counts, low, high }: HistogramBins, codes: number, start: number, end: number): number {
  const width = (high - low) / counts.length;
  const step = (width * (end - start + 1)) / codes;
  if (step === 0) return 0;
  const codeAt = (x: number): number => Math.min(Math.max(Math.floor(x / step), 0), codes - 1);
  const whole = cubes(-step / 2, step / 2);
  let error = 0;
  for (let i = 0; i < counts.length; i++) {
    const density = counts[i]! / width;
    if (density === 0) continue;
    const begin = (i - start) * width;
    const first = codeAt(begin);
    const last = codeAt(begin + width);
    const parts =
      cubes(begin - (first + 0.5) * step, step / 2) +
      (last - first - 1) * whole +
      cubes(-step / 2, begin + width - (last + 0.5) * step);
    error += density * parts;
  }
  return error;
}

/**
 * The range of torch's HistogramObserver: bins are given up at the end where a hundred-thousandth of the values takes more of them
 * away, as long as the square error of the rest falls. The search is that of caffe2's norm minimization.
 *
 * @param histogram - bins of one width, low below high
 * @param codes - how many codes there are, 256 for 8 bits
 */
export function histogramL2Range(histogram: HistogramBins, codes: number): ClipRange {
  const { counts, low, high } = histogram;
  const bins = counts.length;
  const width = (high - low) / bins;
  const upTo = new Float64Array(bins);
  for (let i = 0; i < bins; i++) upTo[i] = (i > 0 ? upTo[i - 1]! : 0) + counts[i]!;
  const total = upTo[bins - 1]!;
  let [alpha, beta, start, end, least] = [0, 1, 0, bins - 1, Number.POSITIVE_INFINITY];
  while (alpha < beta) {
    const nextAlpha = alpha + STEP;
    const nextBeta = beta - STEP;
    let [left, right] = [start, end];
    while (left < end && upTo[left]! < nextAlpha * total) left++;
    while (right > start && upTo[right]! > nextBeta * total) right--;
    let [nextStart, nextEnd] = [start, end];
    if (left - start > end - right) {
      nextStart = left;
      alpha = nextAlpha;
    } else {
      nextEnd = right;
      beta = nextBeta;
    }
    if (nextStart === start && nextEnd === end) continue;
    const error = errorOf(histogram, codes, nextStart, nextEnd);
    if (error > least) break;
    [least, start, end] = [error, nextStart, nextEnd];
  }
  return { min: low + width * start, max: low + width * (end + 1) };
}
