import * as tf from '@tensorflow/tfjs';
import {
  glorotUniform,
  heNormal,
  type Initializer,
  initialize,
  normal,
  orthogonal,
  uniform,
} from '@weightkit/initializers';

/** The laws of an embedding that are compared: the three of the slide, and what PyTorch's `nn.Embedding` starts from. */
export const STARTS = {
  'uniform ±0.05': () => uniform(),
  glorot_uniform: () => glorotUniform(),
  he_normal: () => heNormal(),
  'normal, std 1': () => normal({ std: 1 }),
} as const satisfies Record<string, () => Initializer>;

export type Start = keyof typeof STARTS;

export interface Size {
  /** Words that have a row in the embedding, with padding and the unknown word. */
  words: number;
  /** Words of a review that are read. */
  length: number;
  /** Numbers that stand for a word. */
  width: number;
  /** Numbers that are remembered from word to word. */
  units: number;
}

/** The slide's words and length; half of its width and units. */
export const FULL: Size = { words: 10_000, length: 200, width: 16, units: 16 };

// #region network
/** The network of the slides: a row of numbers for each word, read one after the other, and one answer in the end. */
export function buildNet({ words, length, width, units }: Size, start: Start, seed: number): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ name: 'embedding', inputDim: words, outputDim: width, inputLength: length }),
      tf.layers.simpleRNN({ name: 'rnn', units }),
      tf.layers.dense({ name: 'favorable', units: 1, activation: 'sigmoid' }),
    ],
  });
  const laws = {
    'embedding/*': STARTS[start](),
    'rnn/**/kernel': glorotUniform(),
    'rnn/**/recurrentKernel': orthogonal(),
    'favorable/kernel': glorotUniform(),
  };
  initialize(model, laws, { seed });
  return model;
}
// #endregion

/** Numbers of words as the network takes them: the last `length` of each review, rare words as the unknown one. */
export function inputsOf(
  tokens: Uint16Array,
  reviews: ArrayLike<number>,
  { words, length }: Pick<Size, 'words' | 'length'>,
  stride: number,
  unknown: number,
): tf.Tensor2D {
  const values = new Int32Array(reviews.length * length);
  for (let i = 0; i < reviews.length; i++)
    for (let j = 0; j < length; j++) {
      const token = tokens[(reviews[i]! + 1) * stride - length + j]!;
      values[i * length + j] = token < words ? token : unknown;
    }
  return tf.tensor2d(values, [reviews.length, length], 'int32');
}
