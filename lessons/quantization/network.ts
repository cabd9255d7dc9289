import * as tf from '@tensorflow/tfjs';
import { glorotNormal, heNormal, initialize } from '@weightkit/initializers';
import { INPUTS } from '../siamese/size.ts';
import { LAYERS } from './layers.ts';

// #region network
/** A classifier of digits of 14 × 14 pixels, with a start of its seed. */
export function buildClassifier(seed: number): tf.Sequential {
  const { dense } = tf.layers;
  // The name that TensorFlow.js would give counts models, and is in the file.
  const net = tf.sequential({
    name: 'classifier',
    layers: [
      dense({ name: 'first', units: LAYERS.first, activation: 'relu', inputShape: [INPUTS] }),
      dense({ name: 'second', units: LAYERS.second, activation: 'relu' }),
      dense({ name: 'digits', units: LAYERS.digits, activation: 'softmax' }),
    ],
  });
  initialize(net, { 'digits/kernel': glorotNormal(), '*/kernel': heNormal() }, { seed });
  return net;
}
// #endregion
