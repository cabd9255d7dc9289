import type { GraphLayer } from './flow.ts';
import type { Rule } from './links.ts';
import { activation, elu, identity, leakyRelu, prelu, relu, softmax, thresholdedRelu } from './rules/activation.ts';
import { bidirectional } from './rules/bidirectional.ts';
import { convolution, transposedConvolution } from './rules/convolution.ts';
import { dense } from './rules/dense.ts';
import { depthwise } from './rules/depthwise.ts';
import { embedding } from './rules/embedding.ts';
import { concatenate, dot, merge } from './rules/merge.ts';
import { batchNorm, layerNorm } from './rules/normalization.ts';
import { recurrent } from './rules/recurrent.ts';
import { separable } from './rules/separable.ts';
import { flatten, masking, permute, repeatVector, reshape } from './rules/shape.ts';
import { globalPooling, spatial, zeroPadding } from './rules/spatial.ts';
import { timeDistributed } from './rules/time-distributed.ts';

/** What each class of layers does with units. One that is not here is a barrier. */
const RULES: Readonly<Record<string, Rule>> = {
  Activation: activation,
  Add: merge,
  AlphaDropout: identity,
  Average: merge,
  AveragePooling1D: spatial,
  AveragePooling2D: spatial,
  AveragePooling3D: spatial,
  BatchNormalization: batchNorm,
  Bidirectional: bidirectional,
  Concatenate: concatenate,
  Conv1D: convolution,
  Conv2D: convolution,
  Conv2DTranspose: transposedConvolution,
  Conv3D: convolution,
  Conv3DTranspose: transposedConvolution,
  ConvLSTM2D: recurrent,
  Cropping2D: spatial,
  Dense: dense,
  DepthwiseConv2D: depthwise,
  Dot: dot,
  Dropout: identity,
  ELU: elu,
  Embedding: embedding,
  Flatten: flatten,
  GRU: recurrent,
  GaussianDropout: identity,
  GaussianNoise: identity,
  GlobalAveragePooling1D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  GlobalMaxPooling1D: globalPooling,
  GlobalMaxPooling2D: globalPooling,
  LSTM: recurrent,
  LayerNormalization: layerNorm,
  LeakyReLU: leakyRelu,
  Masking: masking,
  MaxPooling1D: spatial,
  MaxPooling2D: spatial,
  MaxPooling3D: spatial,
  Maximum: merge,
  Minimum: merge,
  Multiply: merge,
  PReLU: prelu,
  Permute: permute,
  RNN: recurrent,
  ReLU: relu,
  RepeatVector: repeatVector,
  Reshape: reshape,
  SeparableConv2D: separable,
  SimpleRNN: recurrent,
  Softmax: softmax,
  SpatialDropout1D: identity,
  ThresholdedReLU: thresholdedRelu,
  TimeDistributed: timeDistributed((layer) => ruleOf(layer)),
  UpSampling2D: spatial,
  ZeroPadding2D: zeroPadding,
};

/** The rule of a layer's class; undefined where there is none. */
export function ruleOf(layer: GraphLayer): Rule | undefined {
  const name = layer.getClassName();
  return Object.hasOwn(RULES, name) ? RULES[name] : undefined;
}
