import * as tf from '@tensorflow/tfjs';
import { snapshot } from '../../src/comparison/snapshot.ts';
import type { DoctorData } from '../../src/doctor/doctor.ts';
import { watch } from '../../src/training/watch.ts';
import type { WatchHistory } from '../../src/training/watch-history.ts';
import { gaussian } from './models.ts';

interface Healthy {
  name: string;
  model: () => tf.LayersModel;
  /** Inputs of so many examples; normal numbers when left out. */
  inputs?: (examples: number, seed: number) => tf.Tensor;
  optimizer?: () => tf.Optimizer;
  loss?: string;
  epochs?: number;
}

const seeded = (seed: number) => ({
  he: tf.initializers.heNormal({ seed }),
  glorot: tf.initializers.glorotUniform({ seed }),
  lecun: tf.initializers.leCunNormal({ seed }),
  orthogonal: tf.initializers.orthogonal({ gain: 1, seed: seed + 500 }),
});

type Activation = 'relu' | 'tanh' | 'sigmoid' | 'selu' | 'elu' | 'linear' | 'softmax' | 'swish';

function dense(units: number, activation: Activation, seed: number, inputs?: number): tf.layers.Layer {
  const { he, lecun, glorot } = seeded(seed);
  const kernelInitializer = activation === 'selu' ? lecun : /lu/.test(activation) ? he : glorot;
  return tf.layers.dense({
    units,
    activation: activation as 'relu',
    kernelInitializer,
    ...(inputs && { inputShape: [inputs] }),
  });
}

/** Dense layers of these widths, the last with another activation. */
const perceptron =
  (widths: number[], activation: Activation, last: Activation = 'linear') =>
  () =>
    tf.sequential({
      layers: widths
        .slice(1)
        .map((units, i) =>
          dense(units, i < widths.length - 2 ? activation : last, i + 1, i === 0 ? widths[0] : undefined),
        ),
    });

const conv = (filters: number, seed: number, more: object = {}) =>
  tf.layers.conv2d({
    filters,
    kernelSize: 3,
    padding: 'same',
    activation: 'relu',
    kernelInitializer: seeded(seed).he,
    ...more,
  });

const head = (seed: number) => [
  tf.layers.globalAveragePooling2d({} as never),
  tf.layers.dense({ units: 3, kernelInitializer: seeded(seed).glorot }),
];

const image = { inputShape: [6, 6, 2] };
const sequence = { inputShape: [8, 4] };
const recurrent = (seed: number) => ({
  kernelInitializer: seeded(seed).glorot,
  recurrentInitializer: seeded(seed).orthogonal,
});

function residual(): tf.LayersModel {
  const input = tf.input({ shape: [10] });
  let x = dense(16, 'relu', 1).apply(input) as tf.SymbolicTensor;
  for (let i = 0; i < 4; i++) {
    const inner = dense(16, 'relu', 10 + i).apply(x) as tf.SymbolicTensor;
    const branch = tf.layers.dense({ units: 16, kernelInitializer: 'zeros' }).apply(inner) as tf.SymbolicTensor;
    x = tf.layers.add().apply([x, branch]) as tf.SymbolicTensor;
  }
  return tf.model({ inputs: input, outputs: dense(2, 'linear', 30).apply(x) as tf.SymbolicTensor });
}

/** Pixels from 0 to 1, as pictures have them. */
const pixels = (shape: number[]) => (examples: number, seed: number) =>
  tf.tidy(() => tf.sigmoid(tf.mul(gaussian([examples, ...shape], seed), 2)));

const tokens = (examples: number, seed: number) =>
  tf.tidy(() => tf.cast(tf.floor(tf.mul(tf.sigmoid(gaussian([examples, 8], seed)), 30)), 'int32'));

export const HEALTHY: readonly Healthy[] = [
  { name: 'ReLU, two hidden layers', model: perceptron([8, 24, 24, 2], 'relu') },
  { name: 'ReLU, ten hidden layers', model: perceptron([8, ...Array(10).fill(32), 2], 'relu') },
  { name: 'tanh, three hidden layers', model: perceptron([6, 20, 20, 20, 1], 'tanh') },
  { name: 'sigmoid, two hidden layers', model: perceptron([6, 20, 20, 1], 'sigmoid') },
  { name: 'SELU, six hidden layers', model: perceptron([8, ...Array(6).fill(24), 2], 'selu') },
  { name: 'swish, three hidden layers', model: perceptron([8, 24, 24, 24, 2], 'swish') },
  {
    name: 'a classifier by Adam',
    model: perceptron([8, 32, 16, 3], 'relu', 'softmax'),
    optimizer: () => tf.train.adam(0.001),
    epochs: 15,
  },
  {
    name: 'XOR, four tanh units',
    model: perceptron([2, 4, 1], 'tanh'),
    optimizer: () => tf.train.adam(0.01),
    epochs: 15,
  },
  { name: 'linear regression', model: perceptron([5, 1], 'linear') },
  { name: 'pixels from 0 to 1', model: perceptron([64, 32, 16, 3], 'relu', 'softmax'), inputs: pixels([64]) },
  { name: 'an autoencoder', model: perceptron([16, 12, 6, 12, 3], 'elu') },
  { name: 'a residual network', model: residual },
  {
    name: 'convolutions and a pool',
    model: () =>
      tf.sequential({ layers: [conv(8, 1, image), tf.layers.maxPooling2d({ poolSize: 2 }), conv(12, 2), ...head(3)] }),
    inputs: pixels([6, 6, 2]),
  },
  {
    name: 'convolutions and batch normalization',
    model: () =>
      tf.sequential({
        layers: [
          conv(8, 1, { ...image, activation: 'linear', useBias: false }),
          tf.layers.batchNormalization(),
          tf.layers.activation({ activation: 'relu' }),
          conv(8, 2, { activation: 'linear' }),
          tf.layers.batchNormalization(),
          tf.layers.reLU({}),
          ...head(3),
        ],
      }),
  },
  {
    name: 'separable and depthwise convolutions',
    model: () =>
      tf.sequential({
        layers: [
          conv(8, 1, image),
          tf.layers.separableConv2d({
            filters: 8,
            kernelSize: 3,
            depthwiseInitializer: seeded(2).he,
            pointwiseInitializer: seeded(3).he,
          }),
          tf.layers.depthwiseConv2d({ kernelSize: 3, depthwiseInitializer: seeded(4).he }),
          ...head(5),
        ],
      }),
  },
  {
    name: 'an LSTM',
    model: () =>
      tf.sequential({ layers: [tf.layers.lstm({ units: 12, ...recurrent(1), ...sequence }), dense(2, 'linear', 2)] }),
  },
  {
    name: 'a GRU over a GRU',
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.gru({ units: 10, returnSequences: true, ...recurrent(1), ...sequence }),
          tf.layers.gru({ units: 10, ...recurrent(2) }),
          dense(2, 'linear', 3),
        ],
      }),
  },
  {
    name: 'a simple RNN',
    model: () =>
      tf.sequential({
        layers: [tf.layers.simpleRNN({ units: 12, ...recurrent(1), ...sequence }), dense(2, 'linear', 2)],
      }),
  },
  {
    name: 'both directions',
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.bidirectional({
            layer: tf.layers.lstm({ units: 8, returnSequences: true, ...recurrent(1) }) as tf.RNN,
            mergeMode: 'concat',
            ...sequence,
          }),
          tf.layers.timeDistributed({ layer: dense(6, 'relu', 2) }),
          tf.layers.flatten(),
          dense(2, 'linear', 3),
        ],
      }),
  },
  {
    name: 'tokens and an LSTM',
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({
            inputDim: 30,
            outputDim: 8,
            inputLength: 8,
            embeddingsInitializer: tf.initializers.randomNormal({ stddev: 1, seed: 1 }),
          }),
          tf.layers.lstm({ units: 10, ...recurrent(2) }),
          dense(2, 'softmax', 3),
        ],
      }),
    inputs: tokens,
    optimizer: () => tf.train.adam(0.003),
  },
];

/** A healthy model as it starts, or after training, with all that the doctor may look at. The caller disposes it. */
export async function healthyModel(
  { model: make, inputs, optimizer = () => tf.train.sgd(0.02), epochs = 4 }: Healthy,
  isTrained: boolean,
): Promise<{ model: tf.LayersModel; data: DoctorData; history: WatchHistory | undefined; dispose: () => void }> {
  const model = make();
  model.compile({ optimizer: optimizer(), loss: 'meanSquaredError' });
  const examples = 48;
  const shape = model.inputs[0]!.shape.slice(1) as number[];
  const batch = inputs ? inputs(examples, 77) : gaussian([examples, ...shape], 77);
  const [, outputs] = model.outputs[0]!.shape as number[];
  // What is to be learned: a function of the first numbers of an example.
  const y = tf.tidy(() => {
    const flat = tf.cast(tf.reshape(batch, [examples, -1]), 'float32');
    return tf.tanh(tf.slice(flat, [0, 0], [examples, Math.min(outputs!, flat.shape[1]!)])).pad([
      [0, 0],
      [0, Math.max(0, outputs! - flat.shape[1]!)],
    ]);
  });
  const before = isTrained ? await snapshot(model) : undefined;
  const watcher = watch(model, { filter: () => true, histogram: false, spectra: false });
  if (isTrained) await model.fit(batch, y, { epochs, batchSize: 16, shuffle: false, verbose: 0, callbacks: watcher });
  return {
    model,
    data: { batch, ...(before && { before }) },
    history: isTrained ? watcher.history : undefined,
    dispose() {
      tf.dispose([batch, y]);
      model.optimizer.dispose();
      model.dispose();
    },
  };
}
