import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { spread } from './spread.ts';

/** The net of golden/transfer_freeze.py, out = tanh(x A) B, and its data. */
export function net(): { model: tf.Sequential; loss: () => tf.Scalar; variables: tf.Variable[] } {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3], name: 'a', useBias: false, activation: 'tanh' }),
      tf.layers.dense({ units: 1, name: 'b', useBias: false }),
    ],
  });
  const weights = weightsOf(model);
  weights[0]!.write(tf.tensor2d(spread(12, 5), [3, 4]));
  weights[1]!.write(tf.tensor2d(spread(4, 3), [4, 1]));
  const [x, y] = [tf.tensor2d(spread(18, 7), [6, 3]), tf.tensor2d(spread(6, 5), [6, 1])];
  return {
    model,
    variables: weights.map(({ variable }) => variable!),
    loss: () => tf.tidy(() => tf.mean(tf.square(tf.sub(model.apply(x) as tf.Tensor, y))) as tf.Scalar),
  };
}

/** The values of a tensor that goes on living, as a copy. */
export const read = async (tensor: tf.Tensor): Promise<Float32Array> => ((await tensor.data()) as Float32Array).slice();
