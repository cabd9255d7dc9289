import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { type GradientOptions, inputGradient, outputOf } from './input-gradient.ts';

/**
 * What each entry of the input would add to an output if that were as linear everywhere as it is at x: the gradient times the input.
 *
 * Shrikumar, Greenside, Shcherbina and Kundaje 2016, https://arxiv.org/abs/1605.01713
 *
 * @example
 * const parts = gradientTimesInput(model, x, { output: 1 });
 * console.log(parts.shape.join()); // -> 64,10
 *
 * @param model - a built LayersModel of one input and one output tensor, at inference; it need not be compiled
 * @param x - a batch of its inputs, borrowed; each example has its own gradient
 * @returns a tensor of the shape of x, which the caller disposes
 * @throws TypeError or RangeError for another model, x or options; Error where an operation has no gradient on this backend
 */
export function gradientTimesInput(model: ModelLike, x: tf.Tensor, options: GradientOptions = {}): tf.Tensor {
  checkOptions('gradientTimesInput', options, ['output']);
  const output = outputOf('gradientTimesInput', model, x, options.output);
  return tf.tidy(() => tf.mul(inputGradient('gradientTimesInput', output, x), x));
}
