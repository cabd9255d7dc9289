import { haarOrthogonal } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkConvolution, offsetOf } from './convolution-center.ts';
import { checkFloat, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link deltaOrthogonal}. */
export interface DeltaOrthogonalOptions {
  /**
   * Every singular value of the matrix in the middle; finite.
   *
   * @defaultValue 1
   */
  gain?: number;
}

/**
 * A convolution that keeps lengths: at the middle of the window, `floor((k - 1) / 2)` along an axis of size k, an in x
 * out matrix with orthonormal rows (Haar) times a gain, 0 elsewhere. With it plain convolutional networks of thousands of layers
 * train. The law of `jax.nn.initializers.delta_orthogonal`, whose values it gives for `jax.random.key(seed)` to float32 rounding.
 *
 * Xiao, Bahri, Sohl-Dickstein, Schoenholz and Pennington 2018, "Dynamical isometry and a mean field theory of CNNs",
 * https://arxiv.org/abs/1806.05393
 *
 * @example
 * const kernel = deltaOrthogonal({ gain: Math.SQRT2 })([3, 3, 16, 32], { seed: 1 });
 *
 * @throws RangeError unless the gain is finite; when called with a shape of another rank than 3 to 5, or with more inputs than
 * outputs, for which no length can be kept
 */
export function deltaOrthogonal(options: DeltaOrthogonalOptions = {}): Initializer {
  checkOptions('deltaOrthogonal', options, ['gain']);
  const { gain = 1 } = options;
  checkFloat('deltaOrthogonal', 'gain', gain);
  return makeInitializer({
    name: 'deltaOrthogonal',
    config: { gain },
    check(shape) {
      checkConvolution('deltaOrthogonal', shape);
      const [inputs, outputs] = shape.slice(-2) as [number, number];
      checkRange(inputs <= outputs, 'deltaOrthogonal: inputs must not be more than outputs', [inputs, outputs]);
    },
    fill(out, key, shape) {
      const [inputs, outputs] = shape.slice(-2) as [number, number];
      const q = haarOrthogonal(inputs, outputs, key);
      const begin = offsetOf(shape, (size) => Math.floor((size - 1) / 2));
      for (let i = 0; i < inputs * outputs; i++) out[begin + i] = gain * q[i]!;
    },
    // The squares of a row sum to gain^2, whatever was drawn.
    spread: (_, shape) => ({
      mean: 0,
      std: Math.abs(gain) / Math.sqrt(Math.max(1, shape.slice(0, -2).reduce((a, b) => a * b, 1) * shape.at(-1)!)),
      kurtosis: 1,
    }),
  });
}
