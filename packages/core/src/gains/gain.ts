import { checkNumber, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { ACTIVATIONS } from './activations.ts';
import { normalMean } from './normal-mean.ts';

/** Options of {@link gain}. */
export interface GainOptions {
  /**
   * Slope of `leakyRelu` below 0; finite. Only with that name.
   *
   * @defaultValue 0.01
   */
  slope?: number;
  /**
   * Whose number a name stands for where PyTorch has one: `torch` for `torch.nn.init.calculate_gain`, `variance` for the factor
   * that keeps the mean square at 1, as for every other name. They differ for `tanh` (5/3, 1.5925), `selu` (3/4, 1) and
   * `sigmoid` (1, 1.8462).
   *
   * @defaultValue `torch`
   */
  convention?: 'torch' | 'variance';
}

/** PyTorch's table; leakyRelu is computed. */
const TORCH: Readonly<Record<string, number>> = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
};

function byQuadrature(activation: (z: number) => number): number {
  const mean = normalMean((z) => activation(z) ** 2);
  checkRange(
    mean > 0 && Number.isFinite(mean),
    'gain: activation must have a mean square above 0 and finite over a standard normal',
    mean,
  );
  return 1 / Math.sqrt(mean);
}

/**
 * The factor that a layer's weights need so that its activation hands on a variance of 1: `1 / sqrt(E[f(z)^2])` for a standard
 * normal z, by adaptive quadrature. Takes a name, or a function of a number; a function that is smooth but for kinks and jumps 0.035
 * apart or more is integrated to about 1e-15, and what happens within less than 0.035 of z alone can be missed. The names that PyTorch
 * has a number for give that number (`torch.nn.init.calculate_gain`) unless `convention` is `variance`. Use its square as `scale` of
 * `varianceScaling`, or itself as `gain` of `orthogonal`, both of `@weightkit/initializers`.
 *
 * The two agree for `linear`, `relu` and `leakyRelu`. PyTorch's 5/3 for `tanh` keeps the variance over many layers rather than
 * one; its 3/4 for `selu` is for stability: a self-normalizing network wants 1, which is `lecunNormal`.
 *
 * He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852
 *
 * @example
 * const swish = gain('swish'); // or gain((z) => z / (1 + Math.exp(-z)))
 * const scale = swish ** 2; // for varianceScaling({ scale }) of @weightkit/initializers
 *
 * @param activation - `elu`, `gelu`, `geluNew`, `hardSigmoid`, `hardSwish`, `leakyRelu`, `linear`, `mish`, `relu`, `relu6`, `selu`,
 * `sigmoid`, `silu`, `softplus`, `softsign`, `swish`, `tanh`, or a function of a number
 * @throws RangeError for another name (give the function), a slope that is not finite or belongs to no name, another convention,
 * or a function whose mean square is 0 or not finite
 */
export function gain(activation: string | ((z: number) => number), options: GainOptions = {}): number {
  checkOptions('gain', options, ['slope', 'convention']);
  const { slope, convention = 'torch' } = options;
  checkRange(slope === undefined || activation === 'leakyRelu', 'gain: slope must come with leakyRelu', activation);
  checkRange(['torch', 'variance'].includes(convention), 'gain: convention must be torch or variance', convention);
  if (typeof activation === 'function') return byQuadrature(activation);
  checkType(typeof activation === 'string', 'gain: activation must be a name or a function', activation);
  if (activation === 'leakyRelu') {
    const below = slope === undefined ? 0.01 : slope;
    checkNumber('gain: slope must be finite', below, Number.isFinite);
    return Math.sqrt(2 / (1 + below ** 2));
  }
  checkRange(
    Object.hasOwn(ACTIVATIONS, activation),
    `gain: activation must be leakyRelu, ${Object.keys(ACTIVATIONS).join(', ')} or a function`,
    activation,
  );
  if (convention === 'torch' && Object.hasOwn(TORCH, activation)) return TORCH[activation]!;
  return byQuadrature(ACTIVATIONS[activation]!);
}
