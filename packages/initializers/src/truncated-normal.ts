import { fillTruncatedNormal } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { type Initializer, makeInitializer } from './initializer.ts';
import { checkNormal } from './normal.ts';
import { truncatedSpread } from './truncated-spread.ts';

/** Options of {@link truncatedNormal}. */
export interface TruncatedNormalOptions {
  /**
   * Mean before truncation; finite.
   *
   * @defaultValue 0
   */
  mean?: number;
  /**
   * Standard deviation before truncation; finite, 0 or more. With bounds of ±2 the values have 0.8796 times this.
   *
   * @defaultValue 0.05
   */
  std?: number;
  /**
   * Lower bound in units of `std` from the mean; below `upper`, -Infinity allowed.
   *
   * @defaultValue -2
   */
  lower?: number;
  /**
   * Upper bound in units of `std` from the mean; Infinity allowed.
   *
   * @defaultValue 2
   */
  upper?: number;
}

/**
 * Normal truncated to [mean + lower std, mean + upper std]. The standard deviation is that of the normal that is cut off, as in
 * Keras, JAX and PyTorch; bounds are in units of it, as in JAX (PyTorch's are absolute). Only {@link varianceScaling} corrects
 * for what the truncation takes.
 *
 * @throws RangeError unless std is 0 or more and lower below upper
 */
export function truncatedNormal(options: TruncatedNormalOptions = {}): Initializer {
  checkOptions('truncatedNormal', options, ['mean', 'std', 'lower', 'upper']);
  const { mean = 0, std = 0.05, lower = -2, upper = 2 } = options;
  checkNormal('truncatedNormal', mean, std);
  checkRange(lower < upper, 'truncatedNormal: lower must be below upper', [lower, upper]);
  checkRange(lower < Infinity && upper > -Infinity, 'truncatedNormal: values must lie between the bounds', [
    lower,
    upper,
  ]);
  return makeInitializer({
    name: 'truncatedNormal',
    config: { mean, std, lower, upper },
    fill: (out, key) => fillTruncatedNormal(out, key, { mean, std, lower, upper }),
    spread: () => {
      const z = truncatedSpread(lower, upper);
      return { mean: mean + std * z.mean, std: std * z.std, kurtosis: std === 0 ? 1 : z.kurtosis };
    },
  });
}
