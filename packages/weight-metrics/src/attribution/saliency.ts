import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { type GradientOptions, inputGradient, outputOf } from './input-gradient.ts';

/**
 * How strongly an output answers to a small change of each entry of the input: the magnitude of its gradient.
 *
 * Simonyan, Vedaldi and Zisserman 2013, https://arxiv.org/abs/1312.6034
 *
 * @example
 * const map = saliency(model, x, { output: 1 });
 * console.log(map.shape.join()); // -> 64,10
 *
 * @param model - a built LayersModel of one input and one output tensor, at inference; it need not be compiled
 * @param x - a batch of its inputs, borrowed; each example has its own gradient
 * @returns a tensor of the shape of x, which the caller disposes
 * @throws TypeError or RangeError for another model, x or options; Error where an operation has no gradient on this backend
 */
export function saliency(model: ModelLike, x: tf.Tensor, options: GradientOptions = {}): tf.Tensor {
  checkOptions('saliency', options, ['output']);
  const output = outputOf('saliency', model, x, options.output);
  return tf.tidy(() => tf.abs(inputGradient('saliency', output, x)));
}
