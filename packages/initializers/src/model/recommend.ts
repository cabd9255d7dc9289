import {
  ACTIVATIONS,
  type ActivationName,
  checkLayer,
  followingActivation,
  gain,
  isKernel,
  type LayerLike,
  layersOf,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { forgetBias } from '../laws/forget-bias.ts';
import { identity } from '../laws/identity.ts';
import type { Initializer } from '../laws/initializer.ts';
import { orthogonal } from '../laws/orthogonal.ts';
import { glorotUniform, heNormal, lecunNormal } from '../laws/recipes.ts';
import { uniform } from '../laws/uniform.ts';
import { varianceScaling } from '../laws/variance-scaling.ts';

/** What {@link recommend} says of one weight. */
export interface Recommendation {
  /** The weight's path: a pattern for `initialize`. */
  path: string;
  /** The activation that the layer's output goes through, `linear` where there is none. */
  activation: string;
  /** The initializer. */
  initializer: Initializer;
  /** Its name. */
  law: string;
  /** The factor that keeps the variance through the activation; 1 where that is not what the law is for. */
  gain: number;
  /** Why. */
  reason: string;
  /** Where it is from. */
  reference: string;
}

type Advice = Pick<Recommendation, 'initializer' | 'gain' | 'reason' | 'reference'>;

const GLOROT = 'Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html';
const HE = 'He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1502.01852';
const glorot = (reason: string): Advice => ({ initializer: glorotUniform(), gain: 1, reason, reference: GLOROT });

function forActivation({ name, slope }: ActivationName): Advice {
  if (name === 'relu')
    return {
      initializer: heNormal(),
      gain: gain('relu'),
      reason: 'relu halves the mean square: variance 2 / fanIn',
      reference: HE,
    };
  if (name === 'selu')
    return {
      initializer: lecunNormal(),
      gain: 1,
      reason: 'selu keeps mean 0 and variance 1 of itself at variance 1 / fanIn',
      reference: 'Klambauer, Unterthiner, Mayr and Hochreiter 2017, https://arxiv.org/abs/1706.02515',
    };
  if (name === 'linear') return glorot('no activation: a compromise of forward and backward variance');
  if (['tanh', 'softsign', 'sigmoid', 'hardSigmoid'].includes(name))
    return glorot(`${name} saturates: begin in its linear range, a compromise of forward and backward variance`);
  if (name !== 'leakyRelu' && !Object.hasOwn(ACTIVATIONS, name))
    return glorot(`${name} is not a function of one number: a compromise of forward and backward variance`);
  const factor = gain(name, slope === undefined ? {} : { slope });
  return {
    initializer: varianceScaling({ scale: factor ** 2 }),
    gain: factor,
    reason: `${name} multiplies the mean square by ${(1 / factor ** 2).toFixed(4)}: variance ${(factor ** 2).toFixed(4)} / fanIn`,
    reference: HE,
  };
}

function recurrent(type: string, { name }: ActivationName): Advice {
  if (type === 'SimpleRNNCell' && name === 'relu')
    return {
      initializer: identity(),
      gain: 1,
      reason: 'relu and the identity hand the state on as it is',
      reference: 'Le, Jaitly and Hinton 2015, https://arxiv.org/abs/1504.00941',
    };
  return {
    initializer: orthogonal(),
    gain: 1,
    reason: 'keeps the length of the state from step to step',
    reference: 'Saxe, McClelland and Ganguli 2013, https://arxiv.org/abs/1312.6120',
  };
}

function adviseOn({ layer, property }: Weight, activation: ActivationName): Advice {
  const type = layer?.getClassName() ?? '';
  if (property === 'bias')
    return {
      initializer: forgetBias(),
      gain: 1,
      reason: 'open forget gates: the cell begins by remembering',
      reference: 'Jozefowicz, Zaremba and Sutskever 2015, https://proceedings.mlr.press/v37/jozefowicz15.html',
    };
  if (property === 'recurrentKernel') return recurrent(type, activation);
  if (property === 'embeddings')
    return {
      initializer: uniform(),
      gain: 1,
      reason: 'rows are looked up, not summed: fans say nothing of them',
      reference: 'the default of Keras, https://keras.io/api/layers/core_layers/embedding/',
    };
  if (/^(LSTM|GRU|ConvLSTM2D)Cell$/.test(type)) return glorot('gates saturate: begin in their linear range');
  return forActivation(activation);
}

const isGateBias = ({ layer, property }: Weight): boolean =>
  property === 'bias' && /^(LSTM|ConvLSTM2D)Cell$/.test(layer?.getClassName() ?? '');

/**
 * An initializer for every float32 kernel of a layer or model, and for the bias of an LSTM, with the reason and its source: by the kind of
 * the weight and by the activation that the layer's output goes through. That is the layer's own, or that of the one Activation,
 * ReLU, LeakyReLU, PReLU, ELU or Softmax layer that takes its output, behind a BatchNormalization or Dropout too.
 *
 * `relu` gets {@link heNormal}, `selu` {@link lecunNormal}, other activations without a limit {@link varianceScaling} with their
 * {@link gain}, those that saturate, and layers without one, {@link glorotUniform}; recurrent kernels {@link orthogonal}, or {@link identity} for a
 * SimpleRNN of ReLUs; an LSTM's bias {@link forgetBias}. The kernel of a depthwise convolution that a pointwise one follows in the same layer counts
 * as linear. Nothing is changed.
 *
 * @example
 * const chosen = recommend(model);
 * initialize(model, Object.fromEntries(chosen.map(({ path, initializer }) => [path, initializer])), { seed: 1 });
 *
 * @param source - a built layer or LayersModel
 * @returns a recommendation for each such weight, in the order of the layer tree
 * @throws TypeError for anything else, Error for a model without weights, RangeError for one without a kernel
 */
export function recommend(source: LayerLike): Recommendation[] {
  checkLayer('recommend', 'source', source);
  const weights = weightsOf(source, undefined, 'recommend');
  const chosen = weights.filter(
    (weight) => weight.layer !== null && weight.dtype === 'float32' && (isKernel(weight) || isGateBias(weight)),
  );
  checkRange(
    chosen.length > 0,
    'recommend: source must have a kernel of float32',
    weights.map(({ path }) => path).join(', '),
  );
  const owners = new Map(layersOf(source, 'recommend').map(({ layer, owner }) => [layer, owner]));
  return chosen.map((weight) => {
    const inside = weight.property === 'depthwiseKernel' && weight.layer!.getClassName().startsWith('Separable');
    const activation: ActivationName = inside
      ? { name: 'linear' }
      : followingActivation(weight.layer!, owners.get(weight.layer!));
    const advice = adviseOn(weight, activation);
    return { path: weight.path, activation: activation.name, law: advice.initializer.law, ...advice };
  });
}
