import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { goldenValues } from '../golden-values.ts';

/** A 4-5-3 network whose start values are the same each time, compiled. */
export function netOf({ optimizer = tf.train.sgd(0.1) as tf.Optimizer, dropout = false, frozen = false } = {}) {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 5, inputShape: [4], activation: 'tanh', name: 'hidden', trainable: !frozen }));
  if (dropout) model.add(tf.layers.dropout({ rate: 0.4, seed: 7 }));
  model.add(tf.layers.dense({ units: 3, name: 'out' }));
  for (const [i, weight] of weightsOf(model, '*/kernel').entries()) {
    const value = tf.tensor(goldenValues({ shape: [...weight.shape], seed: i, scale: 1, zero: 1000 }), [
      ...weight.shape,
    ]);
    weight.write(value);
    value.dispose();
  }
  model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] });
  return model;
}

/** 10 examples for it. */
export function dataOf() {
  return {
    x: tf.tensor2d(goldenValues({ shape: [10, 4], seed: 21, scale: 1, zero: 1000 }), [10, 4]),
    y: tf.tensor2d(goldenValues({ shape: [10, 3], seed: 22, scale: 1, zero: 1000 }), [10, 3]),
  };
}

/** All weights of a model as plain arrays. */
export const bitsOf = (model: tf.LayersModel) => Promise.all(weightsOf(model).map((w) => w.read().data()));
