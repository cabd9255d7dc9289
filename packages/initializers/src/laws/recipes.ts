import { checkOptions } from '@weightkit/numerics/check';
import { type Compat, checkCompat } from './compat.ts';
import { type Initializer, makeInitializer } from './initializer.ts';
import { type Scaling, scalingLaw } from './variance-scaling.ts';

/** Options of {@link heNormal} and its kin. */
export interface RecipeOptions {
  /**
   * A framework whose exact law this is to be, with what is off in it; see {@link varianceScaling}. With `torch` the normal ones
   * are not truncated, as `kaiming_normal_` and `xavier_normal_`.
   *
   * @defaultValue none: fans from the layer, truncation corrected
   */
  compat?: Compat;
}

function recipe(
  name: string,
  options: RecipeOptions,
  scale: number,
  mode: Scaling['mode'],
  normal: boolean,
): Initializer {
  checkOptions(name, options, ['compat']);
  const { compat } = options;
  checkCompat(name, compat);
  const kind = compat === 'torch' ? 'normal' : 'truncatedNormal';
  const law = scalingLaw(name, { scale, mode, distribution: normal ? kind : 'uniform', compat });
  return makeInitializer({ ...law, config: { ...(compat && { compat }) } });
}

/**
 * Truncated normal of variance 2 / fanIn, for layers before a ReLU.
 *
 * He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852
 *
 * @example
 * const kernel = heNormal()([800, 128], { seed: 1 }); // a tensor of standard deviation 0.05
 */
export const heNormal = (options: RecipeOptions = {}): Initializer => recipe('heNormal', options, 2, 'fanIn', true);

/**
 * Uniform in ±sqrt(6 / fanIn), variance 2 / fanIn, for layers before a ReLU.
 *
 * He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852
 */
export const heUniform = (options: RecipeOptions = {}): Initializer => recipe('heUniform', options, 2, 'fanIn', false);

/**
 * Truncated normal of variance 2 / (fanIn + fanOut), for layers before tanh or a linear output.
 *
 * Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotNormal = (options: RecipeOptions = {}): Initializer =>
  recipe('glorotNormal', options, 1, 'fanAvg', true);

/**
 * Uniform in ±sqrt(6 / (fanIn + fanOut)), variance 2 / (fanIn + fanOut): the default of Keras's and tfjs's dense layers.
 *
 * Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotUniform = (options: RecipeOptions = {}): Initializer =>
  recipe('glorotUniform', options, 1, 'fanAvg', false);

/**
 * Truncated normal of variance 1 / fanIn; with SELU the self-normalizing choice.
 *
 * LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp"; Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const lecunNormal = (options: RecipeOptions = {}): Initializer =>
  recipe('lecunNormal', options, 1, 'fanIn', true);

/**
 * Uniform in ±sqrt(3 / fanIn), variance 1 / fanIn.
 *
 * LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", https://doi.org/10.1007/3-540-49430-8_2
 */
export const lecunUniform = (options: RecipeOptions = {}): Initializer =>
  recipe('lecunUniform', options, 1, 'fanIn', false);
