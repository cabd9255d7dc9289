import * as tf from '@tensorflow/tfjs';
import { type Digits, PIXELS } from '@weightkit/datasets';

/** Pixels along a side of the pictures that are read, and of the part of a digit's picture in which it stands. */
const [SIDE, FULL, MARGIN] = [10, 28, 4];
export const INPUTS = SIDE * SIDE;

/** Digits of 10 × 10 pixels, and what the networks should say of them. */
export interface Examples {
  x: tf.Tensor2D;
  /** The digit as ten numbers, of which one is 1. */
  digit: tf.Tensor2D;
  /** 1 for the digits from 5 on, −1 for the others. */
  large: tf.Tensor2D;
}

/** The middle 20 × 20 pixels, four of which become one. */
export function shrink({ count, pixels }: Digits): Float32Array {
  const small = new Float32Array(count * INPUTS);
  for (let image = 0; image < count; image++)
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++) {
        const at = image * PIXELS + (MARGIN + 2 * row) * FULL + MARGIN + 2 * column;
        const sum = pixels[at]! + pixels[at + 1]! + pixels[at + FULL]! + pixels[at + FULL + 1]!;
        small[image * INPUTS + row * SIDE + column] = sum / (4 * 255);
      }
  return small;
}

/** The mean and the standard deviation of all pixels. */
export function spreadOf(values: Float32Array): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** Pixels with mean 0 and variance 1 over the training images; the caller disposes the tensors. */
export function examplesOf(digits: Digits, { mean, std }: { mean: number; std: number }): Examples {
  const { count, labels } = digits;
  const digit = new Float32Array(count * 10);
  for (let i = 0; i < count; i++) digit[i * 10 + labels[i]!] = 1;
  return {
    x: tf.tensor2d(
      shrink(digits).map((pixel) => (pixel - mean) / std),
      [count, INPUTS],
    ),
    digit: tf.tensor2d(digit, [count, 10]),
    large: tf.tensor2d(
      Array.from(labels, (label) => (label >= 5 ? 1 : -1)),
      [count, 1],
    ),
  };
}
