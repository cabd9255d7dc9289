import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { spread } from './spread.ts';

/** The classifier of golden/transfer_freeze_ewc.py, p = softmax(tanh(x A) B + c), its examples and labels by rows of a single 1. */
export function classifier(): {
  model: tf.Sequential;
  variables: tf.Variable[];
  x: tf.Tensor2D;
  labels: (classes: readonly number[]) => tf.Tensor2D;
} {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3], name: 'a', useBias: false, activation: 'tanh' }),
      tf.layers.dense({ units: 3, name: 'b', activation: 'softmax' }),
    ],
  });
  const weights = weightsOf(model);
  const values = [spread(12, 5), spread(12, 5), spread(3, 2)];
  tf.tidy(() => {
    for (const [i, weight] of weights.entries()) weight.write(tf.tensor(values[i]!, [...weight.shape]));
  });
  return {
    model,
    variables: weights.map(({ variable }) => variable!),
    x: tf.tensor2d(spread(18, 7), [6, 3]),
    labels: (classes) =>
      tf.tensor2d(
        classes.flatMap((one) => [0, 1, 2].map((k) => Number(k === one))),
        [classes.length, 3],
      ),
  };
}
