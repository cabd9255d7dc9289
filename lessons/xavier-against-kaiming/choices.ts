/** The activations of the networks that are compared. */
export const ACTIVATION_NAMES = ['relu', 'tanh', 'sigmoid', 'selu'] as const;
export type Activation = (typeof ACTIVATION_NAMES)[number];

/** The layers that the recommender is asked about, and the activations that follow them. */
export const KINDS = [
  'Dense',
  'Conv2D',
  'DepthwiseConv2D',
  'SeparableConv2D',
  'SimpleRNN',
  'LSTM',
  'GRU',
  'Embedding',
] as const;
export type Kind = (typeof KINDS)[number];
export const THEN = ['relu', 'leakyRelu', 'elu', 'selu', 'swish', 'tanh', 'sigmoid', 'softmax', 'linear'] as const;
export type Then = (typeof THEN)[number];
