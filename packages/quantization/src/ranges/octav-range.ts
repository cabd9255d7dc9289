import type { ClipRange, RangeSample } from './range-sample.ts';

/** A range that moved by less of its width than this has arrived. */
const ARRIVED = 1e-12;
const MOST_ROUNDS = 200;

/**
 * OCTAV (Sakr et al. 2022, https://arxiv.org/abs/2206.06501): where the noise of rounding inside the range and the noise of clipping
 * beyond it, (u − l)² / (12 · 4^B) · P(l ≤ x ≤ u) + E[(x − u)²; x > u] + E[(l − x)²; x < l], are least. Each end goes where its own
 * condition holds for the shares and sums that lie beyond it now, as in the paper's recursion, of which this is the form for
 * two ends; with symmetric ends it is the recursion
 * s ← E[|x|; |x| > s] / (4⁻ᴮ / 3 · P(|x| ≤ s) + P(|x| > s)).
 *
 * @param sample - one value or more
 * @param codes - 2^B, how many codes there are
 * @param symmetric - whether the range is −s..s
 */
export function octavRange(sample: RangeSample, codes: number, symmetric: boolean): ClipRange {
  if (symmetric) {
    const folded = foldedSample(sample);
    const max = oneEnd(folded, codes);
    return { min: -max, max };
  }
  return twoEnds(sample, codes);
}

/** Cumulative counts and sums: [i] is of the values before place i. */
function cumulative({ values, counts }: RangeSample) {
  const number = new Float64Array(values.length + 1);
  const sum = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    const n = counts === null ? 1 : counts[i]!;
    number[i + 1] = number[i]! + n;
    sum[i + 1] = sum[i]! + n * values[i]!;
  }
  return { number, sum };
}

/** How many places hold a value of x or less; below x where `strict`. */
function placesUpTo(values: ArrayLike<number>, x: number, strict: boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = values[middle]!;
    if (strict ? value < x : value <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Magnitudes in ascending order. */
function foldedSample({ values, counts, low, high }: RangeSample): RangeSample {
  const order = Array.from(values, (value, i) => [Math.abs(value), counts === null ? 1 : counts[i]!] as const);
  order.sort(([a], [b]) => a - b);
  return {
    values: Float64Array.from(order, ([value]) => value),
    counts: Float64Array.from(order, ([, count]) => count),
    low: 0,
    high: Math.max(-low, high),
  };
}

function oneEnd(sample: RangeSample, codes: number): number {
  const { values } = sample;
  const { number, sum } = cumulative(sample);
  const [total, all] = [number.at(-1)!, sum.at(-1)!];
  let s = total === 0 ? 0 : all / total;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const inside = placesUpTo(values, s, false);
    const beyond = total - number[inside]!;
    const next = beyond === 0 ? s : (all - sum[inside]!) / ((codes ** -2 / 3) * number[inside]! + beyond);
    if (Math.abs(next - s) <= ARRIVED * next) return next;
    s = next;
  }
  return s;
}

function twoEnds(sample: RangeSample, codes: number): ClipRange {
  const { values } = sample;
  const { number, sum } = cumulative(sample);
  const [total, all] = [number.at(-1)!, sum.at(-1)!];
  const mean = all / total;
  const half = placesUpTo(values, mean, false);
  const below = number[half]!;
  let l = below === 0 ? mean : sum[half]! / below;
  let u = below === total ? mean : (all - sum[half]!) / (total - below);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const from = placesUpTo(values, l, true);
    const to = placesUpTo(values, u, false);
    const noise = (codes ** -2 / 12) * (number[to]! - number[from]!);
    const [under, over] = [number[from]!, total - number[to]!];
    const [nextL, nextU] = [
      under === 0 ? l : (noise * u + sum[from]!) / (noise + under),
      over === 0 ? u : (noise * l + all - sum[to]!) / (noise + over),
    ];
    const moved = Math.max(Math.abs(nextL - l), Math.abs(nextU - u));
    [l, u] = [nextL, nextU];
    if (moved <= ARRIVED * (u - l)) break;
  }
  return { min: l, max: u };
}
