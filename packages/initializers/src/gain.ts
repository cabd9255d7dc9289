import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';

/** Options of {@link gain}. */
export interface GainOptions {
  /**
   * Slope of `leakyRelu` below 0; finite. Only with that name.
   *
   * @defaultValue 0.01
   */
  slope?: number;
}

/** PyTorch's table; leakyRelu is computed. */
const TABLE: Readonly<Record<string, number>> = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
};

/** Beyond 12 the standard normal density is below 3e-32. */
const END = 12;
const PIECES = 4096;

/** The mean of f over a standard normal from 0 to END or -END, by Simpson's rule. */
function halfMean(f: (z: number) => number, end: number): number {
  const step = end / PIECES;
  let sum = 0;
  for (let i = 0; i <= PIECES; i++) {
    const z = i * step;
    const weight = i === 0 || i === PIECES ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * f(z) * Math.exp((-z * z) / 2);
  }
  return (Math.abs(step) * sum) / 3 / Math.sqrt(2 * Math.PI);
}

function byQuadrature(activation: (z: number) => number): number {
  const square = (z: number) => activation(z) ** 2;
  const mean = halfMean(square, END) + halfMean(square, -END);
  checkRange(
    mean > 0 && Number.isFinite(mean),
    'gain: activation must have a mean square above 0 and finite over a standard normal',
    mean,
  );
  return 1 / Math.sqrt(mean);
}

/**
 * The factor that a layer's weights need so that its activation hands on a variance of 1: a name gives PyTorch's number
 * (`torch.nn.init.calculate_gain`), a function gives `1 / sqrt(E[f(z)^2])` for a standard normal z, by quadrature on each side
 * of 0, where activations have their kinks. Use its square as `scale` of {@link varianceScaling}, or itself as `gain` of
 * {@link orthogonal}.
 *
 * The two agree for `relu` and `leakyRelu`. PyTorch's 5/3 for `tanh` keeps the variance over many layers rather than one, which
 * takes 1.5925; its 3/4 for `selu` is for stability: a self-normalizing network wants `lecunNormal`.
 *
 * He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852
 *
 * @example
 * const swish = gain((z) => z / (1 + Math.exp(-z)));
 * const start = varianceScaling({ scale: swish ** 2, distribution: 'normal' });
 *
 * @param activation - `linear`, `sigmoid`, `tanh`, `relu`, `leakyRelu`, `selu`, or a function of a number
 * @throws RangeError for another name (give the function), a slope that is not finite or belongs to no name, or a function whose
 * mean square is 0 or not finite
 */
export function gain(activation: string | ((z: number) => number), options: GainOptions = {}): number {
  checkOptions('gain', options, ['slope']);
  const { slope } = options;
  checkRange(slope === undefined || activation === 'leakyRelu', 'gain: slope must come with leakyRelu', activation);
  if (typeof activation === 'function') return byQuadrature(activation);
  checkType(typeof activation === 'string', 'gain: activation must be a name or a function', activation);
  if (activation === 'leakyRelu') {
    const below = slope ?? 0.01;
    checkRange(Number.isFinite(below), 'gain: slope must be finite', below);
    return Math.sqrt(2 / (1 + below ** 2));
  }
  checkRange(
    Object.hasOwn(TABLE, activation),
    `gain: activation must be ${Object.keys(TABLE).join(', ')}, leakyRelu or a function`,
    activation,
  );
  return TABLE[activation]!;
}
