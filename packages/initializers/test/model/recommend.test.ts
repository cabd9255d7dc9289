import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { gain, initialize, recommend } from '../../src/index.ts';

const dense = (options: object = {}) => tf.layers.dense({ units: 3, ...options });
const input = { inputShape: [4] };
const chosenFor = (...layers: tf.layers.Layer[]) => recommend(tf.sequential({ layers }))[0]!;
const sequence = { inputShape: [5, 2], recurrentInitializer: 'zeros' as const };

describe('recommend(model) goes by the activation that the output goes through', () => {
  it.each<[activation: string, law: string, gain: number]>([
    ['relu', 'heNormal', Math.SQRT2],
    ['selu', 'lecunNormal', 1],
    ['linear', 'glorotUniform', 1],
    ['tanh', 'glorotUniform', 1],
    ['sigmoid', 'glorotUniform', 1],
    ['softmax', 'glorotUniform', 1],
    ['gelu', 'varianceScaling', gain('gelu')],
    ['gelu_new', 'varianceScaling', gain('geluNew')],
    ['swish', 'varianceScaling', gain('swish')],
    ['relu6', 'varianceScaling', gain('relu6')],
    ['softplus', 'varianceScaling', gain('softplus')],
  ])('%s: %s with gain %d, whether it is the layer own or the next one', (activation, law, factor) => {
    const own = chosenFor(dense({ ...input, activation }));
    const next = chosenFor(dense(input), tf.layers.activation({ activation: activation as 'relu' }));
    for (const found of [own, next]) {
      expect(found).toMatchObject({ law, activation: activation.replace('gelu_new', 'geluNew') });
      expect(found.gain).toBe(factor);
      expect(found.initializer.law).toBe(law);
      expect(found.reason.length).toBeGreaterThan(10);
      expect(found.reference).toMatch(/20\d\d, https:/);
    }
    if (law === 'varianceScaling') expect(own.initializer.config.scale).toBe(factor ** 2);
  });

  it.each<[name: string, make: () => tf.layers.Layer, activation: string, law: string]>([
    ['ReLU', () => tf.layers.reLU(), 'relu', 'heNormal'],
    ['ReLU up to 6', () => tf.layers.reLU({ maxValue: 6 }), 'relu6', 'varianceScaling'],
    ['LeakyReLU', () => tf.layers.leakyReLU({ alpha: 0.2 }), 'leakyRelu', 'varianceScaling'],
    ['PReLU', () => tf.layers.prelu({}), 'relu', 'heNormal'],
    ['ELU', () => tf.layers.elu(), 'elu', 'varianceScaling'],
    ['Softmax', () => tf.layers.softmax(), 'softmax', 'glorotUniform'],
    ['another Dense', () => dense({ activation: 'relu' }), 'linear', 'glorotUniform'],
  ])('the layer %s, behind normalization and dropout too', (_, make, activation, law) => {
    expect(chosenFor(dense(input), make())).toMatchObject({ activation, law });
    const between = [tf.layers.batchNormalization(), tf.layers.dropout({ rate: 0.1 })];
    expect(chosenFor(dense(input), ...between, make())).toMatchObject({ activation, law });
  });

  it('takes the slope of a LeakyReLU into account', () => {
    const { gain: factor } = chosenFor(dense(input), tf.layers.leakyReLU({ alpha: 0.2 }));
    expect(factor).toBe(Math.sqrt(2 / 1.04));
  });

  it('looks behind a TimeDistributed, whose layer has no output of its own in the model', () => {
    const wrapped = tf.layers.timeDistributed({ layer: dense(), inputShape: [5, 4] });
    expect(chosenFor(wrapped, tf.layers.reLU())).toMatchObject({ activation: 'relu', law: 'heNormal' });
  });

  it('counts an output that several layers take as linear', () => {
    const start = tf.input({ shape: [4] });
    const middle = dense({ name: 'middle' }).apply(start) as tf.SymbolicTensor;
    const outputs = [tf.layers.reLU(), tf.layers.elu()].map((layer) => layer.apply(middle) as tf.SymbolicTensor);
    expect(recommend(tf.model({ inputs: start, outputs }))[0]).toMatchObject({ activation: 'linear' });
  });
});

it.each<[name: string, make: () => tf.layers.Layer, laws: Record<string, string>]>([
  [
    'LSTM',
    () => tf.layers.lstm({ units: 3, ...sequence }),
    { kernel: 'glorotUniform', recurrentKernel: 'orthogonal', bias: 'forgetBias' },
  ],
  ['GRU', () => tf.layers.gru({ units: 3, ...sequence }), { kernel: 'glorotUniform', recurrentKernel: 'orthogonal' }],
  [
    'SimpleRNN of ReLUs',
    () => tf.layers.simpleRNN({ units: 3, activation: 'relu', ...sequence }),
    { kernel: 'heNormal', recurrentKernel: 'identity' },
  ],
  [
    'SimpleRNN',
    () => tf.layers.simpleRNN({ units: 3, ...sequence }),
    { kernel: 'glorotUniform', recurrentKernel: 'orthogonal' },
  ],
  ['Embedding', () => tf.layers.embedding({ inputDim: 5, outputDim: 3, inputShape: [2] }), { embeddings: 'uniform' }],
  [
    'SeparableConv2D',
    () => tf.layers.separableConv2d({ filters: 3, kernelSize: 2, activation: 'relu', inputShape: [4, 4, 2] }),
    { depthwiseKernel: 'glorotUniform', pointwiseKernel: 'heNormal' },
  ],
  [
    'DepthwiseConv2D',
    () => tf.layers.depthwiseConv2d({ kernelSize: 2, activation: 'relu', inputShape: [4, 4, 2] }),
    { depthwiseKernel: 'heNormal' },
  ],
])('recommend(layer) goes by the kind of the weight: %s', (_, make, laws) => {
  const model = tf.sequential({ layers: [make()] });
  for (const source of [model, model.layers[0]!])
    expect(Object.fromEntries(recommend(source).map(({ path, law }) => [path.split('/').at(-1), law]))).toEqual(laws);
});

it('recommend(model) gives patterns that initialize takes, and changes nothing itself', async () => {
  const layers = [
    tf.layers.lstm({ units: 4, ...sequence }),
    dense({ activation: 'gelu' }),
    dense({ activation: 'softmax' }),
  ];
  const model = tf.sequential({ layers });
  const before = await Promise.all(model.getWeights().map((weight) => weight.data()));
  const chosen = recommend(model);
  expect(await Promise.all(model.getWeights().map((weight) => weight.data()))).toEqual(before);
  const patterns = Object.fromEntries(chosen.map(({ path, initializer }) => [path, initializer]));
  const { initialized } = initialize(model, patterns, { seed: 1 });
  expect(initialized.map(({ law }) => law)).toEqual([
    'glorotUniform',
    'orthogonal',
    'forgetBias',
    'varianceScaling',
    'glorotUniform',
  ]);
});

it('recommend(source) refuses what has no kernel', () => {
  expect(() => recommend(tf.sequential({ layers: [tf.layers.batchNormalization(input)] }))).toThrow(
    'recommend: source must have a kernel of float32, got "batch',
  );
  expect(() => recommend({} as never)).toThrow(TypeError);
  expect(() => recommend(dense())).toThrow('model must be built');
});
