import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';

/** The law of a {@link hardConcrete} gate. */
export interface HardConcreteLaw {
  /**
   * β, the temperature: finite and above 0. The smaller, the more gates are 0 or 1.
   * @defaultValue 2/3
   */
  beta?: number;
  /**
   * γ, where the stretched interval begins: finite and below 0.
   * @defaultValue -0.1
   */
  gamma?: number;
  /**
   * ζ, where it ends: finite and above 1.
   * @defaultValue 1.1
   */
  zeta?: number;
}

/** Options of {@link hardConcrete}. */
export interface HardConcreteOptions extends HardConcreteLaw {
  /**
   * u, uniform numbers in (0, 1), of the shape of log α: float32. Borrowed.
   * @defaultValue none: the gates that a trained model is tested with
   */
  noise?: tf.Tensor;
}

/** The names of a law's numbers. */
export const LAW_NAMES = ['beta', 'gamma', 'zeta'] as const;

/** The numbers of a law; throws unless they are right. */
export function checkLaw(
  fn: string,
  { beta = 2 / 3, gamma = -0.1, zeta = 1.1 }: HardConcreteLaw,
): Required<HardConcreteLaw> {
  checkNumber(`${fn}: beta must be finite and above 0`, beta, (b) => Number.isFinite(b) && b > 0);
  checkNumber(`${fn}: gamma must be finite and below 0`, gamma, (g) => Number.isFinite(g) && g < 0);
  checkNumber(`${fn}: zeta must be finite and above 1`, zeta, (z) => Number.isFinite(z) && z > 1);
  return { beta, gamma, zeta };
}

/** min(1, max(0, s (ζ − γ) + γ)); in a tidy. */
export function gatesOf(
  logAlpha: tf.Tensor,
  { beta, gamma, zeta }: Required<HardConcreteLaw>,
  noise?: tf.Tensor,
): tf.Tensor {
  const shifted = noise ? tf.div(tf.add(tf.sub(tf.log(noise), tf.log(tf.sub(1, noise))), logAlpha), beta) : logAlpha;
  return tf.clipByValue(tf.add(tf.mul(tf.sigmoid(shifted), zeta - gamma), gamma), 0, 1);
}

/** P(gate ≠ 0) = σ(log α − β log(−γ / ζ)); in a tidy. */
export const activeOf = (logAlpha: tf.Tensor, { beta, gamma, zeta }: Required<HardConcreteLaw>): tf.Tensor =>
  tf.sigmoid(tf.sub(logAlpha, beta * Math.log(-gamma / zeta)));

/**
 * Hard-concrete gates, z = min(1, max(0, s (ζ − γ) + γ)) with s = σ((log u − log(1 − u) + log α) / β): numbers in [0, 1] that are exactly 0
 * and exactly 1 with a probability above 0, and differentiable in log α. A gate is not 0 with the probability
 * σ(log α − β log(−γ / ζ)). Without noise s = σ(log α), the gates of a model that is trained.
 *
 * Louizos, Welling and Kingma 2018, https://arxiv.org/abs/1712.01312, sections 2.2 and 2.3
 *
 * @example
 * const logAlpha = tf.tensor1d([-3, 0, 3]);
 * const gates = hardConcrete(logAlpha);
 * console.log(Array.from(await gates.data(), (z) => z.toFixed(2)).join(' ')); // -> 0.00 0.50 1.00
 *
 * @param logAlpha - log α, of any shape; borrowed
 * @param options - the noise, and the law's numbers
 * @returns a tensor of log α's shape; the caller disposes it
 * @throws TypeError for what is no float32 tensor; RangeError for noise of another shape and numbers out of range
 */
export function hardConcrete(logAlpha: tf.Tensor, options: HardConcreteOptions = {}): tf.Tensor {
  checkTensor('hardConcrete', 'logAlpha', logAlpha, 'float32');
  checkOptions('hardConcrete', options, ['noise', ...LAW_NAMES]);
  const law = checkLaw('hardConcrete', options);
  const { noise } = options;
  if (noise !== undefined) {
    checkTensor('hardConcrete', 'noise', noise, 'float32');
    checkRange(
      tf.util.arraysEqual(noise.shape, logAlpha.shape),
      `hardConcrete: noise must have shape [${logAlpha.shape}]`,
      noise.shape,
    );
  }
  return tf.tidy(() => gatesOf(logAlpha, law, noise));
}
