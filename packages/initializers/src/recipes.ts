import { checkNoOptions, type Initializer, makeInitializer } from './initializer.ts';
import { scalingLaw, type VarianceScalingOptions } from './variance-scaling.ts';

function recipe(name: string, none: readonly unknown[], options: Required<VarianceScalingOptions>): Initializer {
  checkNoOptions(name, none);
  return makeInitializer({ ...scalingLaw(name, options), config: {} });
}

/**
 * Truncated normal of variance 2 / fanIn, for layers before a ReLU.
 *
 * He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852
 *
 * @example
 * const kernel = heNormal()([800, 128], { seed: 1 }); // a tensor of standard deviation 0.05
 */
export const heNormal = (...none: []): Initializer =>
  recipe('heNormal', none, { scale: 2, mode: 'fanIn', distribution: 'truncatedNormal' });

/**
 * Uniform in ±sqrt(6 / fanIn), variance 2 / fanIn, for layers before a ReLU.
 *
 * He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852
 */
export const heUniform = (...none: []): Initializer =>
  recipe('heUniform', none, { scale: 2, mode: 'fanIn', distribution: 'uniform' });

/**
 * Truncated normal of variance 2 / (fanIn + fanOut), for layers before tanh or a linear output.
 *
 * Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotNormal = (...none: []): Initializer =>
  recipe('glorotNormal', none, { scale: 1, mode: 'fanAvg', distribution: 'truncatedNormal' });

/**
 * Uniform in ±sqrt(6 / (fanIn + fanOut)), variance 2 / (fanIn + fanOut): the default of Keras's and tfjs's dense layers.
 *
 * Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export const glorotUniform = (...none: []): Initializer =>
  recipe('glorotUniform', none, { scale: 1, mode: 'fanAvg', distribution: 'uniform' });

/**
 * Truncated normal of variance 1 / fanIn; with SELU the self-normalizing choice.
 *
 * LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp"; Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const lecunNormal = (...none: []): Initializer =>
  recipe('lecunNormal', none, { scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' });

/**
 * Uniform in ±sqrt(3 / fanIn), variance 1 / fanIn.
 *
 * LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", https://doi.org/10.1007/3-540-49430-8_2
 */
export const lecunUniform = (...none: []): Initializer =>
  recipe('lecunUniform', none, { scale: 1, mode: 'fanIn', distribution: 'uniform' });
