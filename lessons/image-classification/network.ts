import * as tf from '@tensorflow/tfjs';
import { glorotUniform, heNormal, type Initializer, initialize, normal } from '@weightkit/initializers';
import { flowsOf, readStack, type Stack } from '../what-a-weight-is/stack.ts';
import type { MapSize } from './flatten.ts';
import { type Network, STACKS } from './stacks.ts';

/** The three starts of the slide. */
export const STARTS = ['glorot_uniform', 'he_normal', 'random_normal'] as const;
export type Start = (typeof STARTS)[number];

// #region laws
/** The law of all kernels of a network. Of random_normal the slide leaves the std to Keras, which takes 0.05. */
export function lawOf(start: Start, std: number): Initializer {
  switch (start) {
    case 'glorot_uniform':
      return glorotUniform(); // std √(2 / (fan-in + fan-out))
    case 'he_normal':
      return heNormal(); // std √(2 / fan-in)
    case 'random_normal':
      return normal({ std }); // the same in every layer
  }
}
// #endregion

/** Whether this network halves its images first. */
export const isSmall = (network: Network): boolean => network === 'small';

/** The stack of a network that reads images of this size. */
export const stackOf = (network: Network, size: readonly number[]): Stack =>
  readStack(`image-${size.join('-')}.${STACKS[network]}`).stack;

// #region network
/** A network of the slides, or the small one. Slide 13 applies ReLU after pooling, slide 10 within each convolution. */
export const buildNet = (network: Network, size: readonly number[]): tf.Sequential =>
  buildStack(stackOf(network, size), network === 'slide 13');

/** A network of a stack on images; `late` applies ReLU after pooling, which gives the same, as both keep the order of numbers. */
export function buildStack({ input, layers }: Stack, late: boolean): tf.Sequential {
  const model = tf.sequential();
  const seen = new Map<string, number>();
  for (const [i, { kind, sizes, same }] of layers.entries()) {
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    const own = { name: `${kind}${seen.get(kind)}`, ...(i === 0 ? { inputShape: input.sizes } : {}) };
    const [first, second] = sizes as [number, number];
    if (kind === 'conv') {
      const padding = same ? 'same' : 'valid';
      const activation = late ? 'linear' : 'relu';
      model.add(tf.layers.conv2d({ ...own, filters: first, kernelSize: second, padding, activation }));
    } else if (kind === 'pool') {
      model.add(tf.layers.maxPooling2d({ ...own, poolSize: first }));
      if (late) model.add(tf.layers.reLU());
    } else if (kind === 'flatten') model.add(tf.layers.flatten(own));
    else model.add(tf.layers.dense({ ...own, units: first, activation: i === layers.length - 1 ? 'softmax' : 'relu' }));
  }
  return model;
}

/** Gives all kernels of a network one law; biases are 0. */
export function startAs(model: tf.Sequential, start: Start, { std, seed }: { std: number; seed: number }): void {
  initialize(model, { '*/kernel': lawOf(start, std) }, { seed });
}
// #endregion

/** Size of the map that a network flattens. */
export function mapOf(network: Network, size: readonly number[]): MapSize {
  const stack = stackOf(network, size);
  return flowsOf(stack)[stack.layers.findIndex(({ kind }) => kind === 'flatten')]!.sizes as unknown as MapSize;
}
