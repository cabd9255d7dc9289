import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkFloat, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link identity}. */
export interface IdentityOptions {
  /**
   * The entries of the diagonal; finite.
   *
   * @defaultValue 1
   */
  gain?: number;
}

/**
 * `gain` on the main diagonal of a matrix, 0 elsewhere; rectangles too: inputs beyond the outputs are dropped, outputs beyond
 * the inputs start at 0. As a recurrent kernel, with ReLU, it is the IRNN. The law of `keras.initializers.Identity` and of
 * `torch.nn.init.eye_`.
 *
 * Le, Jaitly and Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units",
 * https://arxiv.org/abs/1504.00941
 *
 * @example
 * const values = await identity()([2, 3]).data();
 * console.log(values.join(' ')); // -> 1 0 0 0 1 0
 *
 * @throws RangeError unless the gain is finite; when called with a shape of another rank than 2
 */
export function identity(options: IdentityOptions = {}): Initializer {
  checkOptions('identity', options, ['gain']);
  const { gain = 1 } = options;
  checkFloat('identity', 'gain', gain);
  return makeInitializer({
    name: 'identity',
    config: { gain },
    check: (shape) => checkRange(shape.length === 2, 'identity: shape must have rank 2', shape),
    fill(out, _, [rows, cols]) {
      for (let i = 0; i < Math.min(rows!, cols!); i++) out[i * cols! + i] = gain;
    },
    // About a mean of 0: one entry in max(rows, cols) is the gain.
    spread: (_, shape) => ({ mean: 0, std: Math.abs(gain) / Math.sqrt(Math.max(1, ...shape)), kurtosis: 1 }),
  });
}
