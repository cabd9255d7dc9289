import type { AffineRange } from './affine-range.ts';

/**
 * How a code is rounded: `float64` as the tensorflowjs converter does under NumPy 2, each step in float64; `float32` as under
 * NumPy 1, where clip, difference and quotient are float32, which is how the published files were made.
 */
export type RoundingLaw = 'float64' | 'float32';

const { fround } = Math;
// Below, a float32 step has lost digits, and the smallest ones are 0.
const SMALLEST_NORMAL = 2 ** -126;

/** round((clip(x, min, max) - min) / scale) into `codes`, halves to even. */
export function affineCodes(
  values: Float32Array,
  codes: Uint8Array | Uint16Array,
  { scale, min, max }: AffineRange,
  law: RoundingLaw,
): void {
  // 2^52 and more has no fraction: adding it rounds, halves to even.
  if (law === 'float64' || scale < SMALLEST_NORMAL) {
    for (let i = 0; i < values.length; i++)
      codes[i] = (Math.min(Math.max(values[i]!, min), max) - min) / scale + 2 ** 52 - 2 ** 52;
    return;
  }
  const [low, high, step] = [fround(min), fround(max), fround(scale)];
  for (let i = 0; i < values.length; i++) {
    const clipped = Math.min(Math.max(values[i]!, low), high);
    codes[i] = fround(fround(clipped - low) / step) + 2 ** 52 - 2 ** 52;
  }
}
