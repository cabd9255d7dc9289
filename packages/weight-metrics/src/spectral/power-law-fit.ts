import { expMinus } from '../values/log-exp.ts';

/** A power law for the values from one on, in terms of their logarithms. */
export interface TailFit {
  /** Index of the first value of the tail. */
  start: number;
  /** ln xmin. */
  logXmin: number;
  /** alpha - 1: the rate of the exponential law that the logarithms follow. */
  rate: number;
  /** The Kolmogorov-Smirnov distance. */
  distance: number;
}

/**
 * The largest |F(x) - S(x)| over the values from `start` on, where F is the law's share below x, and S that of the values before it, as
 * the authors' program has it; Infinity as soon as it is above `bound`. `hint.at` is where it went above it the last time.
 */
function distanceOf(
  logs: Float64Array,
  { start, logXmin, rate }: Omit<TailFit, 'distance'>,
  bound: number,
  hint: { at: number },
): number {
  const count = logs.length - start;
  const off = (j: number) => Math.abs(1 - expMinus(rate * (logs[j]! - logXmin)) - (j - start) / count);
  if (hint.at > start && off(hint.at) > bound) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let j = start; j < logs.length; j++) {
    const distance = off(j);
    if (distance > bound) {
      hint.at = j;
      return Number.POSITIVE_INFINITY;
    }
    if (distance > worst) worst = distance;
  }
  return worst;
}

/** The fit from a given place on, or null where no value is above it. */
export function fitFrom(logs: Float64Array, logXmin: number): TailFit | null {
  let start = 0;
  while (start < logs.length && logs[start]! < logXmin) start++;
  let sum = 0;
  for (let j = start; j < logs.length; j++) sum += logs[j]! - logXmin;
  if (!(sum > 0)) return null;
  const fit = { start, logXmin, rate: (logs.length - start) / sum };
  return { ...fit, distance: distanceOf(logs, fit, Number.POSITIVE_INFINITY, { at: -1 }) };
}

/** Rates of the tails that begin at each value: n / Σ (ln x - ln xmin). */
function ratesOf(logs: Float64Array): Float64Array {
  const rates = new Float64Array(logs.length);
  let sum = 0;
  for (let i = logs.length - 2; i >= 0; i--) {
    sum += (logs.length - 1 - i) * (logs[i + 1]! - logs[i]!);
    rates[i] = (logs.length - i) / sum;
  }
  return rates;
}

/** So many tails are measured to the end first, so that most others can be left early. */
const FIRST = 16;

/**
 * The power law for the tail of the values: of all tails that begin at one of them, but for the largest, the one from which its law of
 * largest likelihood differs least; the longest of equals. Null where all values are the same.
 *
 * @param logs - logarithms of the values, ascending
 */
export function fitTail(logs: Float64Array): TailFit | null {
  const rates = ratesOf(logs);
  const [last, hint] = [logs.length - 1, { at: -1 }];
  const measure = (start: number, bound: number): number =>
    distanceOf(logs, { start, logXmin: logs[start]!, rate: rates[start]! }, bound, hint);
  const isStart = (i: number): boolean => logs[i]! < logs[last]! && (i === 0 || logs[i]! > logs[i - 1]!);
  let bound = Number.POSITIVE_INFINITY;
  for (let i = 0; i < last; i += Math.ceil(last / FIRST)) if (isStart(i)) bound = Math.min(bound, measure(i, bound));
  let best: TailFit | null = null;
  for (let i = 0; i < last; i++) {
    if (!isStart(i)) continue;
    const distance = measure(i, bound);
    if (distance > bound || (best !== null && distance >= best.distance)) continue;
    bound = distance;
    best = { start: i, logXmin: logs[i]!, rate: rates[i]!, distance };
  }
  return best;
}
