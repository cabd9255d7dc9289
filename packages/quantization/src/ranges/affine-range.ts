import { roundHalfEven } from '@weightkit/numerics';

/** An evenly spaced grid. */
export interface AffineRange {
  /** Distance of neighboring values. */
  scale: number;
  /** Value of code 0; −0 where that is 0, as in files of the converter. */
  min: number;
  /** Value of the last code. */
  max: number;
}

/**
 * The grid of the tensorflowjs converter: (max − min) / levels apart, and where 0 lies in the range shifted by up to half a
 * step so that 0 is on it. All in float64, so that no difference of two float32 values overflows.
 *
 * @param min - smallest value, finite
 * @param max - largest value, finite, above min
 * @param levels - the last code, 2ᵇ − 1
 */
export function affineRange(min: number, max: number, levels: number): AffineRange {
  const scale = (max - min) / levels;
  if (min > 0 || max < 0) return { scale, min, max };
  const nudged = -(roundHalfEven((0 - min) / scale) * scale);
  return { scale, min: nudged, max: levels * scale + nudged };
}
