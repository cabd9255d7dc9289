import { fillUniform, type Key } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkFloat, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link uniform}. */
export interface UniformOptions {
  /**
   * Lower end, included; finite, at most `max`.
   *
   * @defaultValue -0.05
   */
  min?: number;
  /**
   * Upper end, excluded but for rounding; finite.
   *
   * @defaultValue 0.05
   */
  max?: number;
}

/** The kurtosis of every uniform law. */
export const UNIFORM_KURTOSIS = 1.8;

/** U(-limit, limit) as JAX draws it: uniform in [-1, 1) times the limit, which is a float32. */
export function fillSymmetric(out: Float32Array, key: Key, limit: number): void {
  fillUniform(out, key, { min: -1, max: 1 });
  for (let i = 0; i < out.length; i++) out[i]! *= limit;
}

/**
 * Uniform in [min, max), standard deviation (max - min) / sqrt(12). The ends default to Keras's. `uniform({ min: 0, max: s })`
 * gives the values of `jax.nn.initializers.uniform(s)`.
 *
 * @throws RangeError unless min and max are finite and min is at most max
 */
export function uniform(options: UniformOptions = {}): Initializer {
  checkOptions('uniform', options, ['min', 'max']);
  const { min = -0.05, max = 0.05 } = options;
  checkFloat('uniform', 'min', min);
  checkFloat('uniform', 'max', max);
  checkRange(min <= max, 'uniform: min must be at most max', [min, max]);
  checkFloat('uniform', 'max - min', max - min);
  return makeInitializer({
    name: 'uniform',
    config: { min, max },
    fill: (out, key) => fillUniform(out, key, { min, max }),
    spread: () => ({ mean: (min + max) / 2, std: (max - min) / Math.sqrt(12), kurtosis: UNIFORM_KURTOSIS }),
  });
}
