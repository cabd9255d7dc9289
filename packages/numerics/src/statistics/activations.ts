import { checkType } from '../check.ts';

/**
 * The distribution function of the standard normal, 1/2 + φ(x) (x + x³ / 3 + x⁵ / 15 + …); 0 or 1 beyond 8.
 *
 * Marsaglia 2004, https://www.jstatsoft.org/article/view/v011i04
 *
 * @param x - a number; NaN gives NaN
 * @throws TypeError when it is no number
 */
export function normalCdf(x: number): number {
  checkType(typeof x === 'number', 'normalCdf: x must be a number', x);
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const softplus = (z: number): number => Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z)));
const clip = (z: number, most: number): number => Math.min(most, Math.max(0, z));
/** The two numbers of Klambauer et al. 2017 that make mean 0 and variance 1 a fixed point. */
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

/** The activations of one number that TensorFlow.js knows by name, with the parameters that it gives them. */
export const ACTIVATIONS: Readonly<Record<string, (z: number) => number>> = {
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  gelu: (z) => z * normalCdf(z),
  geluNew: (z) => 0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))),
  hardSigmoid: (z) => clip(0.2 * z + 0.5, 1),
  hardSwish: (z) => (z * clip(z + 3, 6)) / 6,
  linear: (z) => z,
  mish: (z) => z * Math.tanh(softplus(z)),
  relu: (z) => Math.max(0, z),
  relu6: (z) => clip(z, 6),
  selu: (z) => SELU.scale * (z > 0 ? z : SELU.alpha * Math.expm1(z)),
  sigmoid,
  silu: (z) => z * sigmoid(z),
  softplus,
  softsign: (z) => z / (1 + Math.abs(z)),
  swish: (z) => z * sigmoid(z),
  tanh: Math.tanh,
};
