import { checkNumbers, checkRange } from '../check.ts';
import { checkFloats, checkNoNaN } from '../check-floats.ts';

/**
 * Quantiles by linear interpolation between order statistics, in float64: `numpy.quantile(x.astype(float64), ps)`.
 *
 * Hyndman and Fan 1996, "Sample quantiles in statistical packages", definition 7, https://doi.org/10.2307/2684934
 *
 * @param x - at least one entry, no NaN
 * @param ps - probabilities in [0, 1], in any order
 * @returns one quantile per probability
 * @throws RangeError for an empty x, NaN (naming the index) or a probability outside [0, 1]
 */
export function quantiles(x: Float32Array | Float64Array, ps: ArrayLike<number>): Float64Array {
  checkFloats('quantiles', x);
  checkRange(x.length > 0, 'quantiles: x must not be empty', x);
  checkNumbers('quantiles: ps must be numbers in [0, 1]', ps, (p) => p >= 0 && p <= 1);
  checkNoNaN('quantiles', 'x', x);
  const sorted = x.slice().sort();
  return Float64Array.from({ length: ps.length }, (_, i) => {
    const position = (x.length - 1) * ps[i]!;
    const below = Math.floor(position);
    const t = position - below;
    const a = sorted[below]!;
    const b = sorted[Math.min(below + 1, x.length - 1)]!;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
  });
}
