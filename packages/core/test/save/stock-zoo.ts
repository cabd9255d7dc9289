import * as tf from '@tensorflow/tfjs';

/** A layer with its options, and the shape of one input (of each input where there are several). */
export interface StockCase {
  title: string;
  make: () => tf.layers.Layer;
  input: number[] | number[][];
  /** The input holds whole numbers below this. */
  integers?: number;
}

const l = tf.layers;
const image = [5, 5, 2];
const words = [4, 3];

const activations = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'logSoftmax',
] as const;

const initializers: [string, () => ReturnType<typeof tf.initializers.zeros>][] = [
  ['zeros', () => tf.initializers.zeros()],
  ['ones', () => tf.initializers.ones()],
  ['constant', () => tf.initializers.constant({ value: 0.5 })],
  ['randomUniform', () => tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 1 })],
  ['randomNormal', () => tf.initializers.randomNormal({ mean: 0, stddev: 1, seed: 1 })],
  ['truncatedNormal', () => tf.initializers.truncatedNormal({ mean: 0, stddev: 1, seed: 1 })],
  ['identity', () => tf.initializers.identity({ gain: 2 })],
  [
    'varianceScaling',
    () => tf.initializers.varianceScaling({ scale: 2, mode: 'fanAvg', distribution: 'uniform', seed: 1 }),
  ],
  ['glorotUniform', () => tf.initializers.glorotUniform({ seed: 1 })],
  ['glorotNormal', () => tf.initializers.glorotNormal({ seed: 1 })],
  ['heNormal', () => tf.initializers.heNormal({ seed: 1 })],
  ['heUniform', () => tf.initializers.heUniform({ seed: 1 })],
  ['leCunNormal', () => tf.initializers.leCunNormal({ seed: 1 })],
  ['leCunUniform', () => tf.initializers.leCunUniform({ seed: 1 })],
  ['orthogonal', () => tf.initializers.orthogonal({ gain: 1, seed: 1 })],
];

const regularizers: [string, () => ReturnType<typeof tf.regularizers.l1l2>][] = [
  ['l1', () => tf.regularizers.l1({ l1: 0.1 })],
  ['l2', () => tf.regularizers.l2({ l2: 0.1 })],
  ['l1l2', () => tf.regularizers.l1l2({ l1: 0.1, l2: 0.2 })],
];

/** Each one changes the weights that the cases get. */
const constraints: [string, () => ReturnType<typeof tf.constraints.nonNeg>][] = [
  ['maxNorm', () => tf.constraints.maxNorm({ maxValue: 0.1, axis: 0 })],
  ['unitNorm', () => tf.constraints.unitNorm({ axis: 0 })],
  ['nonNeg', () => tf.constraints.nonNeg()],
  ['minMaxNorm', () => tf.constraints.minMaxNorm({ minValue: 0.1, maxValue: 0.2, rate: 0.5, axis: 0 })],
];

type Options = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: options of many layers in one table
type Factory = (options: any) => tf.layers.Layer;

const of = (name: string, factory: Factory, input: StockCase['input'], options: Options[], integers?: number) =>
  options.map(
    (option): StockCase => ({
      title: `${name}(${JSON.stringify(option, (_, value) => (typeof value === 'function' ? value.name : value))})`,
      make: () => factory({ ...option }),
      input,
      ...(integers === undefined ? {} : { integers }),
    }),
  );

const pools = (name: string, factory: Factory, input: number[], dims: number): StockCase[] =>
  of(name, factory, input, [
    { poolSize: dims === 1 ? 2 : Array(dims).fill(2) },
    { poolSize: dims === 1 ? 3 : Array(dims).fill(3), strides: dims === 1 ? 1 : Array(dims).fill(1), padding: 'same' },
    { poolSize: dims === 1 ? 2 : Array(dims).fill(2), strides: dims === 1 ? 3 : Array(dims).fill(3), padding: 'valid' },
  ]);

const bias = { biasInitializer: 'randomNormal' };

/** The options of a layer that hold an initializer, a regularizer or a constraint, with every one that stock has. */
function parts(
  name: string,
  factory: Factory,
  input: StockCase['input'],
  base: Options,
  weights: string[],
): StockCase[] {
  return weights.flatMap((weight) =>
    [
      ...regularizers.map(([kind, make]) => [`${weight}Regularizer`, kind, make] as const),
      ...constraints.map(([kind, make]) => [`${weight}Constraint`, kind, make] as const),
      ...(weight === 'bias' ? [] : ([['Initializer', 'heNormal', initializers[10]![1]]] as const)).map(
        ([end, kind, make]) => [`${weight}${end}`, kind, make] as const,
      ),
    ].map(
      ([option, kind, make]): StockCase => ({
        title: `${name}({ ${option}: ${kind} })`,
        make: () => factory({ ...base, [option]: make() }),
        input,
      }),
    ),
  );
}

const conv = [
  { filters: 3, kernelSize: 2, ...bias },
  { filters: 3, kernelSize: 2, useBias: false, strides: 2 },
  { filters: 3, kernelSize: 2, padding: 'same', activation: 'relu' },
];
const rnn: Options[] = [
  { units: 3 },
  { units: 3, returnSequences: true, goBackwards: true, useBias: false },
  { units: 3, activation: 'hardSigmoid', dropout: 0.5, recurrentDropout: 0.5 },
  { units: 3, unroll: true },
  { units: 3, stateful: true, batchInputShape: [2, 4, 3] },
  { units: 3, trainable: false, name: 'Kept-asIs' },
];
const lstm = [...rnn, { units: 3, unitForgetBias: true, recurrentActivation: 'sigmoid', implementation: 2 }];
const gru = [...rnn, { units: 3, recurrentActivation: 'sigmoid', implementation: 2 }];
const cells: [string, () => tf.layers.Layer][] = [
  ['simpleRNNCell', () => l.simpleRNNCell({ units: 3 })],
  ['gruCell', () => l.gruCell({ units: 3 })],
  ['lstmCell', () => l.lstmCell({ units: 3 })],
  ['stackedRNNCells', () => l.stackedRNNCells({ cells: [l.gruCell({ units: 2 }), l.lstmCell({ units: 3 })] })],
];

/**
 * Every layer of stock TensorFlow.js with its options. Left out are those that stock itself cannot predict with in a model: centerCrop,
 * resizing, categoryEncoding (tfjs 4.22 writes their output shape over that of the input) and randomWidth, which no model takes.
 */
export const STOCK_CASES: StockCase[] = [
  ...activations.flatMap((activation) => [
    ...of('dense', l.dense, [3], [{ units: 3, activation }]),
    ...of('activation', l.activation, [3], [{ activation }]),
  ]),
  ...initializers.map(
    ([kind, make]): StockCase => ({
      title: `dense({ kernelInitializer: ${kind} })`,
      make: () => l.dense({ units: 3, kernelInitializer: make() }),
      input: [3],
    }),
  ),
  ...of(
    'dense',
    l.dense,
    [3],
    [
      { units: 2, useBias: false },
      { units: 2, trainable: false },
      { units: 2, name: 'camelCase_and-Snake' },
      { units: 2, inputDim: 3 },
      { units: 2, dtype: 'float32', batchSize: 2 },
    ],
  ),
  ...parts('dense', l.dense, [3], { units: 2 }, ['kernel', 'bias']),
  ...of('elu', l.elu, [3], [{}]), // any other alpha throws in stock
  ...of('reLU', l.reLU, [3], [{}, { maxValue: 0.5 }]),
  ...of('leakyReLU', l.leakyReLU, [3], [{}, { alpha: 0.7 }]),
  ...of('prelu', l.prelu, image, [{ alphaInitializer: 'ones' }, { sharedAxes: [1, 2] }, { sharedAxes: 1 }]),
  ...parts('prelu', l.prelu, [3], {}, ['alpha']),
  ...of('softmax', l.softmax, [3], [{}, { axis: -1 }]),
  ...of('thresholdedReLU', l.thresholdedReLU, [3], [{}, { theta: 0.1 }]),
  ...of('conv1d', l.conv1d, [6, 2], [...conv, { filters: 3, kernelSize: [2], dilationRate: 2 }]),
  ...of('conv2d', l.conv2d, image, [
    ...conv,
    { filters: 2, kernelSize: [2, 3], dilationRate: [2, 1] },
    { filters: 2, kernelSize: 2, dataFormat: 'channelsLast' },
  ]),
  ...parts('conv2d', l.conv2d, image, { filters: 2, kernelSize: 2 }, ['kernel', 'bias']),
  ...of('conv2dTranspose', l.conv2dTranspose, image, conv),
  ...parts('conv2dTranspose', l.conv2dTranspose, image, { filters: 2, kernelSize: 2 }, ['kernel', 'bias']),
  ...of('conv3d', l.conv3d, [4, 4, 4, 2], conv),
  ...of('conv3dTranspose', l.conv3dTranspose, [4, 4, 4, 2], conv),
  ...of('separableConv2d', l.separableConv2d, image, [
    ...conv,
    { filters: 3, kernelSize: 2, depthMultiplier: 3 },
    { filters: 3, kernelSize: 2, depthMultiplier: 2, useBias: false },
    { filters: 3, kernelSize: 2, dilationRate: 2 },
  ]),
  ...parts('separableConv2d', l.separableConv2d, image, { filters: 2, kernelSize: 2 }, [
    'depthwise',
    'pointwise',
    'bias',
  ]),
  ...of('depthwiseConv2d', l.depthwiseConv2d, image, [
    { kernelSize: 2, ...bias },
    { kernelSize: 2, depthMultiplier: 3, useBias: false },
    { kernelSize: [2, 3], strides: 2, padding: 'same', activation: 'relu6' },
  ]),
  ...parts('depthwiseConv2d', l.depthwiseConv2d, image, { kernelSize: 2 }, ['depthwise', 'bias']),
  ...of('cropping2D', l.cropping2D, image, [
    { cropping: 1 },
    { cropping: [1, 2] },
    {
      cropping: [
        [1, 0],
        [0, 2],
      ],
    },
  ]),
  ...of('upSampling2d', l.upSampling2d, image, [{}, { size: [2, 3] }, { size: [2, 2], interpolation: 'bilinear' }]),
  ...of('zeroPadding2d', l.zeroPadding2d, image, [
    {},
    { padding: 2 },
    {
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
  ]),
  ...of('dropout', l.dropout, [3], [{ rate: 0.5 }, { rate: 0.5, seed: 3, noiseShape: [2, 1] }]),
  ...of('spatialDropout1d', l.spatialDropout1d, words, [{ rate: 0.5 }, { rate: 0.2, seed: 3 }]),
  ...of('flatten', l.flatten, image, [{}, { dataFormat: 'channelsFirst' }]),
  ...of('repeatVector', l.repeatVector, [3], [{ n: 2 }]),
  ...of('reshape', l.reshape, [6], [{ targetShape: [2, 3] }, { targetShape: [3, -1] }, { targetShape: [null, 2] }]),
  ...of('permute', l.permute, words, [{ dims: [2, 1] }]),
  ...of(
    'embedding',
    l.embedding,
    [4],
    [
      { inputDim: 5, outputDim: 3 },
      { inputDim: 5, outputDim: 3, maskZero: true, inputLength: 4 },
      { inputDim: 5, outputDim: 3, inputLength: [4], embeddingsInitializer: 'orthogonal' },
    ],
    5,
  ),
  ...parts('embedding', l.embedding, [4], { inputDim: 5, outputDim: 3 }, ['embeddings']).map((of) => ({
    ...of,
    integers: 5,
  })),
  ...(['add', 'average', 'maximum', 'minimum', 'multiply'] as const).flatMap((name) =>
    of(name, l[name], [[3], [3]], [{}]),
  ),
  ...of('concatenate', l.concatenate, [words, words], [{}, { axis: 1 }]),
  ...of('dot', l.dot, [words, words], [{ axes: 2 }, { axes: [1, 1], normalize: true }]),
  ...of('batchNormalization', l.batchNormalization, image, [
    {},
    { axis: 1, momentum: 0.5, epsilon: 0.1 },
    { center: false },
    { scale: false },
    { movingMeanInitializer: 'randomNormal', movingVarianceInitializer: 'ones' },
  ]),
  ...parts('batchNormalization', l.batchNormalization, [3], {}, ['beta', 'gamma']),
  ...of('layerNormalization', l.layerNormalization, words, [
    {},
    { axis: 1, epsilon: 0.1 },
    { axis: [1, 2], center: false },
    { scale: false },
  ]),
  ...pools('averagePooling1d', l.averagePooling1d, [6, 2], 1),
  ...pools('maxPooling1d', l.maxPooling1d, [6, 2], 1),
  ...pools('averagePooling2d', l.averagePooling2d, [6, 6, 2], 2),
  ...pools('maxPooling2d', l.maxPooling2d, [6, 6, 2], 2),
  ...pools('averagePooling3d', l.averagePooling3d, [6, 6, 6, 1], 3),
  ...pools('maxPooling3d', l.maxPooling3d, [6, 6, 6, 1], 3),
  ...of('globalAveragePooling1d', l.globalAveragePooling1d, words, [{}]),
  ...of('globalMaxPooling1d', l.globalMaxPooling1d, words, [{}]),
  ...of('globalAveragePooling2d', l.globalAveragePooling2d, image, [{}, { dataFormat: 'channelsFirst' }]),
  ...of('globalMaxPooling2d', l.globalMaxPooling2d, image, [{}, { dataFormat: 'channelsFirst' }]),
  ...of('simpleRNN', l.simpleRNN, words, rnn),
  ...of('gru', l.gru, words, gru),
  ...of('lstm', l.lstm, words, lstm),
  ...parts('simpleRNN', l.simpleRNN, words, { units: 2 }, ['kernel', 'recurrent', 'bias']),
  ...parts('gru', l.gru, words, { units: 2 }, ['kernel', 'recurrent', 'bias']),
  ...parts('lstm', l.lstm, words, { units: 2 }, ['kernel', 'recurrent', 'bias']),
  ...cells.map(
    ([name, make]): StockCase => ({
      title: `rnn({ cell: ${name} })`,
      make: () => l.rnn({ cell: make() as never, returnSequences: true }),
      input: words,
    }),
  ),
  {
    title: 'rnn({ cell: [gruCell, simpleRNNCell] })',
    make: () => l.rnn({ cell: [l.gruCell({ units: 2 }), l.simpleRNNCell({ units: 2 })] as never }),
    input: words,
  },
  ...of(
    'convLstm2d',
    l.convLstm2d,
    [3, 4, 4, 2],
    [
      { filters: 2, kernelSize: 2 },
      { filters: 2, kernelSize: [2, 1], padding: 'same', returnSequences: true, useBias: false },
      { filters: 2, kernelSize: 2, unitForgetBias: true, dataFormat: 'channelsLast' },
      { filters: 2, kernelSize: 2, kernelConstraint: 'unitNorm', recurrentConstraint: 'nonNeg' },
    ],
  ),
  ...(['sum', 'mul', 'concat', 'ave', null] as const).map(
    (mergeMode): StockCase => ({
      title: `bidirectional({ mergeMode: ${mergeMode} })`,
      make: () => l.bidirectional({ layer: l.lstm({ units: 2 }) as tf.RNN, mergeMode: mergeMode as 'sum' }),
      input: words,
    }),
  ),
  {
    title: 'bidirectional(gru under unitNorm)',
    make: () =>
      l.bidirectional({ layer: l.gru({ units: 2, kernelConstraint: 'unitNorm' }) as tf.RNN, mergeMode: 'concat' }),
    input: words,
  },
  {
    title: 'bidirectional({ trainable: false })',
    make: () => l.bidirectional({ layer: l.gru({ units: 2 }) as tf.RNN, mergeMode: 'concat', trainable: false }),
    input: words,
  },
  {
    title: 'timeDistributed(dense)',
    make: () => l.timeDistributed({ layer: l.dense({ units: 2, kernelConstraint: 'nonNeg' }) }),
    input: words,
  },
  {
    title: 'timeDistributed(separableConv2d({ depthMultiplier: 2 }))',
    make: () => l.timeDistributed({ layer: l.separableConv2d({ filters: 2, kernelSize: 2, depthMultiplier: 2 }) }),
    input: [2, 4, 4, 2],
  },
  ...of('gaussianNoise', l.gaussianNoise, [3], [{ stddev: 1 }]),
  ...of('gaussianDropout', l.gaussianDropout, [3], [{ rate: 0.5 }]),
  ...of('alphaDropout', l.alphaDropout, [3], [{ rate: 0.5 }]),
  ...of('masking', l.masking, words, [{}, { maskValue: 1 }]),
  ...of('rescaling', l.rescaling, image, [{ scale: 2, offset: 1 }, { scale: 0.5 }]),
];
