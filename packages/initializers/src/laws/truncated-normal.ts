import { fillTruncatedNormal } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { type Compat, checkCompat } from './compat.ts';
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
   * @defaultValue 0.05; 1 with compat `torch`
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
  /**
   * With `torch` the bounds are absolute, not in units of `std`, as `a` and `b` of `torch.nn.init.trunc_normal_`; TensorFlow.js and
   * Keras have this law, with bounds of ±2.
   *
   * @defaultValue none
   */
  compat?: Compat;
}

/**
 * Normal truncated to [mean + lower std, mean + upper std]. The standard deviation is that of the normal that is cut off, as in
 * Keras, JAX and PyTorch. Bounds are in units of it, as in JAX; with `compat: 'torch'` the normal is truncated to [lower, upper].
 * Only {@link varianceScaling} corrects for what the truncation takes.
 *
 * @example
 * const torch = truncatedNormal({ std: 0.02, lower: -0.04, upper: 0.04, compat: 'torch' }); // truncatedNormal({ std: 0.02 })
 *
 * @throws RangeError unless std is 0 or more, above 0 with compat `torch`, lower below upper, and compat known
 */
export function truncatedNormal(options: TruncatedNormalOptions = {}): Initializer {
  checkOptions('truncatedNormal', options, ['mean', 'std', 'lower', 'upper', 'compat']);
  const { compat } = options;
  checkCompat('truncatedNormal', compat);
  const { mean = 0, std = compat === 'torch' ? 1 : 0.05, lower = -2, upper = 2 } = options;
  checkRange(
    typeof lower === 'number' && typeof upper === 'number' && lower < upper,
    'truncatedNormal: lower must be below upper',
    [lower, upper],
  );
  checkRange(lower < Infinity && upper > -Infinity, 'truncatedNormal: values must lie between the bounds', [
    lower,
    upper,
  ]);
  checkRange(compat !== 'torch' || std > 0, 'truncatedNormal: std must be above 0 with compat torch', std);
  const inUnits = (bound: number): number => (compat === 'torch' ? (bound - mean) / std : bound);
  const bounds = { lower: inUnits(lower), upper: inUnits(upper) };
  checkNormal('truncatedNormal', mean, std, bounds.lower, bounds.upper);
  return makeInitializer({
    name: 'truncatedNormal',
    config: { mean, std, lower, upper, ...(compat && { compat }) },
    fill: (out, key) => fillTruncatedNormal(out, key, { mean, std, ...bounds }),
    spread: () => {
      const z = truncatedSpread(bounds.lower, bounds.upper);
      return { mean: mean + std * z.mean, std: std * z.std, kurtosis: std > 0 && z.kurtosis >= 1 ? z.kurtosis : 1 };
    },
  });
}
