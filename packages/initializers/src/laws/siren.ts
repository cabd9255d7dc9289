import type { Fans } from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { type Initializer, makeInitializer } from './initializer.ts';
import { fillSymmetric, UNIFORM_KURTOSIS } from './uniform.ts';

/** Options of {@link siren}. */
export interface SirenOptions {
  /**
   * Whether it is for the first layer, whose inputs are coordinates in [-1, 1].
   *
   * @defaultValue false
   */
  first?: boolean;
  /**
   * The frequency that the network multiplies into every sine, sin(omega (W x + b)): above 0 and finite. The first layer's law
   * does not depend on it.
   *
   * @defaultValue 30
   */
  omega?: number;
}

/**
 * Kernels of a network of sines, x -> sin(omega (W x + b)): U(±1 / fanIn) in the first layer, U(±sqrt(6 / fanIn) / omega) in the
 * others, so that each layer's products have standard deviation 1 before the sine. TensorFlow.js has no sine activation: it
 * takes a layer of your own.
 *
 * Sitzmann, Martel, Bergman, Lindell and Wetzstein 2020, "Implicit neural representations with periodic activation functions",
 * https://arxiv.org/abs/2006.09661
 *
 * @example
 * const first = siren({ first: true })([2, 256], { seed: 1 }); // U(±0.5)
 * const hidden = siren()([256, 256], { seed: 2 }); // U(±0.0051)
 *
 * @throws TypeError unless first is true or false; RangeError unless omega is above 0 and finite; when called with a shape and an
 * omega whose limit is no float32 above 0
 */
export function siren(options: SirenOptions = {}): Initializer {
  checkOptions('siren', options, ['first', 'omega']);
  const { first = false, omega = 30 } = options;
  checkType(typeof first === 'boolean', 'siren: first must be true or false', first);
  checkRange(
    typeof omega === 'number' && omega > 0 && Number.isFinite(omega),
    'siren: omega must be finite and above 0',
    omega,
  );
  const limitOf = ({ fanIn }: Fans): number =>
    first ? 1 / Math.max(1, fanIn) : Math.sqrt(6 / Math.max(1, fanIn)) / omega;
  return makeInitializer({
    name: 'siren',
    config: { first, omega },
    fill(out, key, shape, fans) {
      const limit = Math.fround(limitOf(fans));
      checkRange(
        limit > 0 && Number.isFinite(limit),
        `siren: the limit of shape [${shape}] must be a float32 above 0`,
        limit,
      );
      fillSymmetric(out, key, limit);
    },
    spread: (fans) => ({ mean: 0, std: limitOf(fans) / Math.sqrt(3), kurtosis: UNIFORM_KURTOSIS }),
  });
}
