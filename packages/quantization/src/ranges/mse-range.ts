import type { AffineRange } from './affine-range.ts';
import { binsOf, type ClipRange, type RangeSample, sampleOfBins } from './range-sample.ts';

/** The values that a range would have: `min` for the first code, steps of `scale`, `max` for the last. */
export type StepsOf = (low: number, high: number) => AffineRange;

/** Each end is tried at so many places from the middle of the sample, or 0, to where it was at first. */
const PLACES = 64;
/** A sample of more values is put in so many bins, of which each step of 8 bits has 64. */
const MOST = 1 << 14;
/** How often both ends are gone through, at most. */
const ROUNDS = 3;

/** The summed square error of rounding a sample to steps, given up where it exceeds `most`. */
export function squareError({ values, counts }: RangeSample, { scale, min, max }: AffineRange, most: number): number {
  let error = 0;
  const inverse = 1 / scale;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const inside = x < min ? min : x > max ? max : x;
    // 2^52 and more has no fraction: adding it rounds, halves to even.
    const off = x - (((inside - min) * inverse + 2 ** 52 - 2 ** 52) * scale + min);
    error += counts === null ? off * off : counts[i]! * off * off;
    if ((i & 63) === 63 && error > most) return error;
  }
  return error;
}

/**
 * The range whose steps leave the least square error, rounding and clipping together, among the places that are tried: both
 * ends drawn in together, then each end by itself, as long as that helps.
 *
 * @param sample - one value or more
 * @param stepsOf - the grid of a range
 * @param symmetric - whether the range is −t..t
 */
export function mseRange(sample: RangeSample, stepsOf: StepsOf, symmetric: boolean): ClipRange {
  const { low, high } = sample;
  const few = sample.values.length > MOST ? sampleOfBins(binsOf(sample, MOST, low, high)) : sample;
  let best: ClipRange = { min: low, max: high };
  let least = Number.POSITIVE_INFINITY;
  const attempt = (min: number, max: number): boolean => {
    if (!(min < max)) return false;
    const error = squareError(few, stepsOf(min, max), least);
    if (!(error < least)) return false;
    least = error;
    best = { min, max };
    return true;
  };
  if (symmetric) {
    const widest = Math.max(-low, high);
    for (let k = PLACES; k > 0; k--) attempt((-widest * k) / PLACES, (widest * k) / PLACES);
    return best;
  }
  // Both ends stay on their sides of 0 where there are both, so that 0 stays a code.
  const middle = low <= 0 && high >= 0 ? 0 : few.values[few.values.length >> 1]!;
  const lowAt = (k: number): number => middle + ((low - middle) * k) / PLACES;
  const highAt = (k: number): number => middle + ((high - middle) * k) / PLACES;
  attempt(low, high);
  for (let k = PLACES - 1; k > 0; k--) attempt(lowAt(k), highAt(k));
  for (let round = 0; round < ROUNDS; round++) {
    let better = false;
    for (let k = PLACES; k >= 0; k--) better = attempt(best.min, highAt(k)) || better;
    for (let k = PLACES; k >= 0; k--) better = attempt(lowAt(k), best.max) || better;
    if (!better) break;
  }
  return best;
}
