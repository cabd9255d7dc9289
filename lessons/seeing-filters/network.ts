import * as tf from '@tensorflow/tfjs';
import type { Digits } from '@weightkit/datasets';
import { glorotNormal, heNormal, initialize, torchDefault } from '@weightkit/initializers';
import { SIDE } from '../siamese/size.ts';

/** Filters of the slide, and pixels along a side of each. */
export const FILTERS = 16;
export const KERNEL = 3;
/** Filters of the layer above. */
const ABOVE = 16;

/** Digits as the network takes them: means of 2 × 2 pixels, in [0, 1]; the caller disposes it. */
export const imagesOf = ({ count, pixels }: Pick<Digits, 'count' | 'pixels'>): tf.Tensor4D =>
  tf.tidy(() => {
    const whole = tf.tensor4d(Float32Array.from(pixels), [count, 2 * SIDE, 2 * SIDE, 1]);
    return tf.avgPool(tf.div(whole, 255) as tf.Tensor4D, 2, 2, 'valid');
  });

// #region network
/** A classifier of digits. Its first layer is the slide's, and starts as it starts there. */
export function buildNet(seed: number): tf.Sequential {
  const { conv2d, dense, flatten, reLU } = tf.layers;
  const model = tf.sequential({
    layers: [
      conv2d({ name: 'conv', filters: FILTERS, kernelSize: KERNEL, inputShape: [SIDE, SIDE, 1] }),
      reLU(),
      conv2d({ name: 'above', filters: ABOVE, kernelSize: KERNEL, strides: 2, activation: 'relu' }),
      flatten(),
      dense({ name: 'digits', units: 10, activation: 'softmax' }),
    ],
  });
  const laws = { 'conv/*': torchDefault(), 'above/kernel': heNormal(), 'digits/kernel': glorotNormal() };
  initialize(model, laws, { seed });
  return model;
}
// #endregion
