import * as tf from '@tensorflow/tfjs';
import { stablePaths, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';

const build = () => {
  const inner = tf.sequential({
    layers: [tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 2, 1] }), tf.layers.batchNormalization()],
  });
  return tf.sequential({
    layers: [
      inner,
      tf.layers.flatten(),
      tf.layers.dense({ units: 3 }),
      tf.layers.dense({ units: 2 }),
      tf.layers.dense({ units: 1, name: 'out' }),
    ],
  });
};
const pathsOf = (model: tf.LayersModel) => weightsOf(model).map(({ path }) => path);

describe('stablePaths', () => {
  it('stablePaths(paths) are the same for a model built twice, unlike the names that tfjs makes up', () => {
    const [first, second] = [pathsOf(build()), pathsOf(build())];
    expect(first).not.toEqual(second);
    expect(stablePaths(first)).toEqual(stablePaths(second));
    expect(stablePaths(first).filter((path) => path.endsWith('kernel'))).toEqual([
      'sequential_#1/conv2d_Conv2D#1/kernel',
      'dense_Dense#1/kernel',
      'dense_Dense#2/kernel',
      'out/kernel',
    ]);
  });

  it('stablePaths(paths) keeps them apart and keeps names that a person gave', () => {
    const paths = pathsOf(build());
    expect(new Set(stablePaths(paths)).size).toBe(paths.length);
    const own = ['block_Conv2/kernel', 'dense_1/kernel', 'model/kernel', 'layer7/bias', 'a/b/c'];
    expect(stablePaths(own)).toEqual(own);
  });

  it('stablePaths(paths) numbers each parent anew', () => {
    expect(
      stablePaths([
        'model3/lstm_LSTM9/cell/kernel',
        'model4/lstm_LSTM12/cell/kernel',
        'model4/lstm_LSTM10/cell/kernel',
      ]),
    ).toEqual([
      'model#1/lstm_LSTM#1/cell/kernel',
      'model#2/lstm_LSTM#1/cell/kernel',
      'model#2/lstm_LSTM#2/cell/kernel',
    ]);
  });
});
