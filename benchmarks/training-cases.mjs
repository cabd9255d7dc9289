// The networks whose training step is timed, and what is put on them.
import * as tf from '@tensorflow/tfjs';
import { isKernel, parametrize, weightsOf } from '@weightkit/core';
import { prune } from '@weightkit/pruning';
import { fakeQuantize, trainActivations } from '@weightkit/quantization';
import { freeze } from '@weightkit/transfer-freeze';
import { watch } from '@weightkit/weight-metrics';
import { weightNormModel } from '@weightkit/weightnorm';

const uniform = (shape, seed) => tf.randomUniform(shape, 0, 1, 'float32', seed);
const classes = (n) => tf.tidy(() => tf.oneHot(tf.range(0, n, 1, 'int32').mod(tf.scalar(10, 'int32')), 10).toFloat());

const compile = (model) => {
  model.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy' });
  return model;
};

/** Builds a network and an example batch, for any number of examples. */
export const networks = {
  'dense 784-256-128-10, batch 128': {
    batch: 128,
    input: [784],
    layers: () => [
      tf.layers.dense({ units: 256, activation: 'relu', inputShape: [784] }),
      tf.layers.dense({ units: 128, activation: 'relu' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  'LSTM 64, 16 steps of 32, batch 32': {
    batch: 32,
    input: [16, 32],
    layers: () => [
      tf.layers.lstm({ units: 64, inputShape: [16, 32], recurrentInitializer: 'glorotUniform' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  'convolutions 8 and 16 of 14 x 14, batch 8': {
    batch: 8,
    input: [14, 14, 1],
    layers: () => [
      tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [14, 14, 1] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  },
};

/** A compiled model of a network and data of so many batches. */
export function build({ batch, input, layers }, batches) {
  const n = batch * batches;
  return { model: compile(tf.sequential({ layers: layers() })), x: uniform([n, ...input], 1), y: classes(n) };
}

/** What a step is timed under; each makes a compiled model ready. */
export const stepped = {
  'mask, 80 % zeros': (model) => prune(model, { sparsity: 0.8 }),
  'fake quantization, uint8': (model) => {
    for (const weight of weightsOf(model, isKernel)) parametrize(weight, { forward: (raw) => fakeQuantize(raw) });
  },
  'weight norm': async (model) => {
    await weightNormModel(model);
    compile(model);
  },
  'freeze of the last layer': (model) => freeze(model, `${model.layers.at(-1).name}/**`),
};

/** What has nowhere to be in some networks: activations are clipped behind relu, and the LSTM has none. */
export const steppedWithRelu = {
  'activations in 4 bits (PACT)': async (model) => {
    await trainActivations(model);
    compile(model);
  },
};

/** Whether a network has layers that end in relu. */
export const hasRelu = ({ layers }) => layers().some(({ activation }) => activation?.getClassName() === 'relu');

/**
 * What an epoch is timed under: options of `watch`, and how many batches it has by backend. An epoch of MNIST has 469, which take too long
 * here; fewer make a record weigh more.
 */
export const watched = {
  'watch, by epoch': { batches: { wasm: 40, node: 200 }, options: {}, goal: 1.05 },
  'watch, every 20 batches, without spectra': {
    batches: { wasm: 20, node: 20 },
    options: { every: { batches: 20 }, spectra: false },
    goal: 1.05,
  },
  'watch, every 20 batches': { batches: { wasm: 20, node: 20 }, options: { every: { batches: 20 } } },
};

export { watch };
