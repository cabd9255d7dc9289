import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import type { IntegerDtype } from '../grids/integers.ts';
import { roundedBySteps } from './learned-step.ts';

/** Options of {@link pact}. */
export interface PactOptions {
  /**
   * Bits of a code, an integer in 2..8.
   *
   * @defaultValue 4
   */
  bits?: number | undefined;
}

/**
 * Clips activations at a level that is learned, and rounds what is left to evenly spaced values from 0 to it (PACT, Choi et al. 2018,
 * https://arxiv.org/abs/1805.06085), in place of a ReLU:
 *
 *     y = round(clip(x, 0, α) · (2ᵏ − 1) / α) · α / (2ᵏ − 1)
 *     ∂y/∂x = 1 where 0 ≤ x < α, else 0
 *     ∂y/∂α = 1 where x ≥ α, else 0, summed over all entries
 *
 * α is a variable of a layer of one's own; the paper begins with 10 and keeps it small by weight decay. The step α / (2ᵏ − 1) is a float32,
 * and y is its multiple rounded once, the same on every backend. The size of α counts, not its sign. Values are not checked.
 *
 * @example
 * const x = tf.tensor1d([-1, 0.6, 1.4, 5]);
 * const alpha = tf.scalar(3);
 * console.log(await pact(x, alpha, { bits: 2 }).array()); // -> [ 0, 1, 1, 3 ]
 * const [dx, dAlpha] = tf.grads((x, a) => pact(x, a, { bits: 2 }))([x, alpha]);
 * console.log(await dx.array(), await dAlpha.array()); // -> [ 0, 1, 1, 0 ] 1
 *
 * @param x - activations, a float32 tensor of any shape, borrowed
 * @param alpha - where they are clipped, a float32 scalar above 0, borrowed
 * @param options - see {@link PactOptions}
 * @returns a new tensor of the shape of x
 * @throws TypeError or RangeError for tensors that are not float32, an alpha that is no scalar, or bits out of range
 */
export function pact<T extends tf.Tensor>(x: T, alpha: tf.Tensor, options: PactOptions = {}): T {
  checkTensor('pact', 'x', x, 'float32');
  checkTensor('pact', 'alpha', alpha, 'float32');
  checkRange(alpha.rank === 0, 'pact: alpha must be a scalar', alpha.shape);
  checkOptions('pact', options, ['bits']);
  const { bits = 4 } = options;
  checkInteger('pact', 'bits', bits, 2, 8);
  if (x.size === 0) return tf.clone(x);
  const limits = { least: 0, most: 2 ** bits - 1 };
  const block = x.shape.map((n) => Math.max(n, 1));
  const operation = tf.customGrad((...args) => {
    const [given, level, save] = args as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([given, level]);
    return {
      value: roundedBySteps(given, level, { dtype: `uint${bits}` as IntegerDtype, limits, block }, limits.most),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [given, level] = saved as [tf.Tensor, tf.Tensor];
        const beyond = tf.cast(tf.greaterEqual(given, tf.abs(level)), 'float32');
        const inside = tf.mul(tf.cast(tf.greaterEqual(given, 0), 'float32'), tf.sub(1, beyond));
        return [tf.mul(dy, inside), tf.mul(tf.sum(tf.mul(dy, beyond)), tf.sign(level))];
      },
    };
  });
  return tf.tidy(() => operation(x, alpha) as T);
}
