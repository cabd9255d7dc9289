import * as tf from '@tensorflow/tfjs';
import { recommend } from '@weightkit/initializers';
import { KINDS, type Kind, THEN, type Then } from './choices.ts';

/** What `recommend` says of one weight of a layer. */
export interface Advice {
  weight: string;
  law: string;
  gain: number;
  reason: string;
  reference: string;
}

/** Inputs and units of the layer that is asked about: those of slide 12. */
export const OWN = { inputs: 100, units: 64 };

// The values that a layer is built with do not matter here.
const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;
const recurrent = { ...zeros, recurrentInitializer: 'zeros' } as const;

type Activated = 'relu' | 'elu' | 'selu' | 'swish' | 'tanh' | 'sigmoid' | 'softmax' | 'linear';

/** The layer; leakyRelu is a layer of its own in TensorFlow.js. */
function layerOf(kind: Kind, then: Then): tf.layers.Layer {
  const activation: Activated = then === 'leakyRelu' ? 'linear' : then;
  const { inputs, units } = OWN;
  switch (kind) {
    case 'Dense':
      return tf.layers.dense({ name: 'layer', units, inputShape: [inputs], activation, ...zeros });
    case 'Conv2D':
      return tf.layers.conv2d({
        name: 'layer',
        filters: 8,
        kernelSize: 3,
        inputShape: [8, 8, 4],
        activation,
        ...zeros,
      });
    case 'DepthwiseConv2D':
      return tf.layers.depthwiseConv2d({
        name: 'layer',
        kernelSize: 3,
        inputShape: [8, 8, 4],
        activation,
        depthwiseInitializer: 'zeros',
      });
    case 'SeparableConv2D':
      return tf.layers.separableConv2d({
        name: 'layer',
        filters: 8,
        kernelSize: 3,
        inputShape: [8, 8, 4],
        activation,
        depthwiseInitializer: 'zeros',
        pointwiseInitializer: 'zeros',
      });
    case 'SimpleRNN':
      return tf.layers.simpleRNN({ name: 'layer', units: 8, inputShape: [4, 6], activation, ...recurrent });
    case 'LSTM':
      return tf.layers.lstm({ name: 'layer', units: 8, inputShape: [4, 6], activation, ...recurrent });
    case 'GRU':
      return tf.layers.gru({ name: 'layer', units: 8, inputShape: [4, 6], activation, ...recurrent });
    case 'Embedding':
      return tf.layers.embedding({
        name: 'layer',
        inputDim: 20,
        outputDim: 4,
        inputLength: 5,
        embeddingsInitializer: 'zeros',
      });
  }
}

// #region recommend
/** Asks `recommend` about a model of one layer. */
export function adviceFor(kind: Kind, then: Then): Advice[] {
  const model = tf.sequential({ layers: [layerOf(kind, then)] });
  if (then === 'leakyRelu' && kind !== 'Embedding') model.add(tf.layers.leakyReLU({ alpha: 0.1 }));
  const all = recommend(model).map(({ path, law, gain, reason, reference }) => ({
    weight: path.replace(/^layer\//, ''),
    law,
    gain,
    reason,
    reference,
  }));
  model.dispose();
  return all;
}
// #endregion

export type AllAdvice = Record<Kind, Record<Then, Advice[]>>;

/** For every layer and activation that can be chosen, so that a choice takes no run. */
export const allAdvice = (): AllAdvice =>
  Object.fromEntries(
    KINDS.map((kind) => [kind, Object.fromEntries(THEN.map((then) => [then, adviceFor(kind, then)]))]),
  ) as AllAdvice;
