import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { fillMissingKernels, weightsOf } from '@weightkit/core';
import { allowBackend } from '@weightkit/testing';
import { exportStateDict, transferWeights } from '@weightkit/transfer-freeze';
import { expect, it } from 'vitest';
import golden from '../golden/state-dict.json' with { type: 'json' };

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

type Case = { input: { shape: number[]; values: number[] }; output: { shape: number[]; values: number[] } };
const inputOf = ({ input: { values, shape } }: Case): tf.Tensor => tf.tensor(values, shape);

/**
 * Both add up to n products in an order of their own: relative to Σ|a b| an error of 2 n 2^-24 at most, for n ≤ 36 here; what follows
 * (norms that divide by less than 1, gates) multiplies it by less than 16. Values are below 4: 4 · 16 · 2 · 36 · 2^-24 < 3e-4.
 */
const TOLERANCE = 3e-4;

/** That the model's state dict is the one that it was made from, bit for bit, but for biases that were added. */
async function expectSame(model: tf.LayersModel, base64: string): Promise<void> {
  const wanted = await openCheckpoint(bytesOf(base64));
  const { checkpoint, skipped } = await exportStateDict(model);
  expect(skipped).toEqual([]);
  const byName = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]));
  const left = wanted.tensors.filter(({ name }) => !name.endsWith('num_batches_tracked'));
  expect([...byName.keys()].sort()).toEqual(left.map(({ name }) => name).sort());
  for (const { name, shape, values } of left) {
    const made = byName.get(name)!;
    expect(made.shape, name).toEqual(shape);
    if (name.includes('bias_hh')) expect(await made.values()).toEqual(new Float32Array(shape[0]!));
    else if (!name.includes('bias_ih')) expect(await made.values(), name).toEqual(await values());
  }
}

async function expectOutput(model: tf.LayersModel, x: tf.Tensor, { output }: Case, order?: number[]): Promise<void> {
  const y = tf.tidy(() => {
    const out = model.predict(x) as tf.Tensor;
    return order ? tf.transpose(out, order) : out;
  });
  expect(y.shape).toEqual(output.shape);
  const values = await y.data();
  const worst = Math.max(...output.values.map((value, i) => Math.abs(value - values[i]!)));
  expect(worst).toBeLessThan(TOLERANCE);
  tf.dispose([x, y]);
}

function convnet(epsilon = 1e-5): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 5, 2], name: 'conv' }),
      tf.layers.batchNormalization({ epsilon, name: 'norm' }),
      tf.layers.reLU(),
      tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, name: 'depthwise' }),
      tf.layers.flatten(),
      tf.layers.batchNormalization({ epsilon, name: 'flat_norm' }),
      tf.layers.activation({ activation: 'tanh' }),
      tf.layers.dense({ units: 4, name: 'fc' }),
    ],
  });
}

it('transferWeights makes a convnet of PyTorch what it is there: channels first, flattened features, depthwise by group', async () => {
  const checkpoint = await openCheckpoint(bytesOf(golden.convnet.safetensors));
  const model = convnet();
  const tensors = tf.memory().numTensors;
  const report = await transferWeights(checkpoint, model);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(report.layout).toBe('torch');
  expect(report.skipped).toEqual([]);
  expect(report.notes).toEqual([]);
  expect(report.transferred).toHaveLength(14);
  expect(report.unused.sort()).toEqual(['flat_norm.num_batches_tracked', 'norm.num_batches_tracked']);
  expect(report.entries).toBe(weightsOf(model).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0));
  const x = tf.tidy(() => tf.transpose(inputOf(golden.convnet), [0, 2, 3, 1]));
  await expectOutput(model, x, golden.convnet);
  await expectSame(model, golden.convnet.safetensors);
  model.dispose();
});

it('transferWeights by shape finds the same where layers have other names, and says what differs in the layers', async () => {
  const checkpoint = await openCheckpoint(bytesOf(golden.convnet.safetensors));
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 5, 2] }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.dense({ units: 9 }),
    ],
  });
  const { transferred, skipped, notes, unused } = await transferWeights(checkpoint, model, { match: 'shape' });
  expect(transferred.map(({ from }) => from)).toEqual([
    ['conv.bias'],
    ['conv.weight'],
    ['norm.weight'],
    ['norm.bias'],
    ['norm.running_mean'],
    ['norm.running_var'],
  ]);
  expect(skipped.map(({ reason }) => reason)).toEqual(Array(2).fill('nothing in the source has these shapes'));
  expect(notes).toEqual([
    { path: 'bn', note: "its epsilon is 0.001; PyTorch's is 0.00001 where nothing else is said" },
  ]);
  expect(unused).toHaveLength(10);
  model.dispose();
});

it('transferWeights adds the biases of LSTM and RNN, and takes directions and stacks apart', async () => {
  const checkpoint = await openCheckpoint(bytesOf(golden.recurrent.safetensors));
  const lstm = (units: number, name?: string) =>
    tf.layers.lstm({
      units,
      recurrentActivation: 'sigmoid',
      recurrentInitializer: 'glorotNormal',
      returnSequences: true,
      ...(name === undefined ? {} : { name }),
    });
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 7, outputDim: 3, inputLength: 4, name: 'table' }),
      tf.layers.bidirectional({ layer: lstm(2) as never, mergeMode: 'concat', name: 'both' }),
      lstm(3, 'deep'),
      lstm(3, 'deeper'),
      tf.layers.simpleRNN({ units: 2, recurrentInitializer: 'glorotNormal', returnSequences: true, name: 'simple' }),
    ],
  });
  const { skipped, unused, notes, transferred } = await transferWeights(checkpoint, model, {
    rename: { 'deep.l1': 'deeper' },
  });
  expect([skipped, unused, notes]).toEqual([[], [], []]);
  expect(transferred.find(({ path }) => path === 'both/backward/cell/bias')?.from).toEqual([
    'both.bias_ih_l0_reverse',
    'both.bias_hh_l0_reverse',
  ]);
  await expectOutput(model, inputOf(golden.recurrent), golden.recurrent);
  model.dispose();
});

it('transferWeights takes convolutions along one and three axes, transposed ones and layer normalization', async () => {
  const checkpoint = await openCheckpoint(bytesOf(golden.others.safetensors));
  const model = tf.sequential({
    layers: [
      tf.layers.conv1d({ filters: 3, kernelSize: 3, inputShape: [6, 2], name: 'line' }),
      tf.layers.layerNormalization({ epsilon: 1e-5, name: 'layer_norm' }),
      tf.layers.reshape({ targetShape: [4, 3, 1] }),
      tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, name: 'up' }),
      // Channels become the first of three axes there.
      tf.layers.permute({ dims: [3, 1, 2] }),
      tf.layers.reshape({ targetShape: [2, 9, 7, 1] }),
      tf.layers.conv3d({ filters: 2, kernelSize: 2, name: 'block' }),
    ],
  });
  const { skipped, unused } = await transferWeights(checkpoint, model);
  expect([skipped, unused]).toEqual([[], []]);
  await expectOutput(model, inputOf(golden.others), golden.others, [0, 4, 1, 2, 3]);
  await expectSame(model, golden.others.safetensors);
  model.dispose();
});

it('transferWeights takes a separable convolution from its two modules, and a transposed one along three axes', async () => {
  // That of stock WebAssembly is wrong, and runs on cpu then.
  const { restore } = fillMissingKernels(tf.getBackend(), { kernels: ['Conv3DBackpropInputV2'] });
  const checkpoint = await openCheckpoint(bytesOf(golden.separable.safetensors));
  const model = tf.sequential({
    layers: [
      tf.layers.separableConv2d({ filters: 3, kernelSize: 2, depthMultiplier: 2, inputShape: [4, 3, 2], name: 'sep' }),
      // Channels become the first of three axes there.
      tf.layers.permute({ dims: [3, 1, 2] }),
      tf.layers.reshape({ targetShape: [3, 3, 2, 1] }),
      tf.layers.conv3dTranspose({ filters: 2, kernelSize: 2, name: 'up' }),
    ],
  });
  const { skipped, unused } = await transferWeights(checkpoint, model);
  expect([skipped, unused]).toEqual([[], []]);
  const x = tf.tidy(() => tf.transpose(inputOf(golden.separable), [0, 2, 3, 1]));
  await allowBackend('cpu', () => expectOutput(model, x, golden.separable, [0, 4, 1, 2, 3]));
  await expectSame(model, golden.separable.safetensors);
  model.dispose();
  restore();
});

const flat = () => tf.layers.flatten();
const fc = (name = 'fc') => tf.layers.dense({ units: 2, name });
const table = () => tf.layers.embedding({ inputDim: 6, outputDim: 3, inputLength: 4, name: 'table' });
const convolution = (options: object) => tf.layers.conv2d({ filters: 3, kernelSize: 2, name: '0', ...options });

it.each([
  {
    what: 'an embedding',
    given: golden.words,
    layers: () => [table(), flat(), fc()],
  },
  {
    what: 'a recurrent layer',
    given: golden.sentence,
    layers: () => [
      table(),
      tf.layers.lstm({
        units: 2,
        recurrentActivation: 'sigmoid',
        recurrentInitializer: 'glorotNormal',
        returnSequences: true,
        name: 'inner',
      }),
      flat(),
      fc(),
    ],
  },
  { what: 'a gray image', given: golden.gray, layers: () => [tf.layers.flatten({ inputShape: [4, 3] }), fc('1')] },
  {
    what: 'a convolution of channels first',
    given: golden.image,
    layers: () => [convolution({ inputShape: [2, 3, 4], dataFormat: 'channelsFirst' }), flat(), fc('2')],
  },
  {
    what: 'a convolution of channels first that is flattened channels last',
    given: golden.image,
    layers: () => [
      convolution({ inputShape: [2, 3, 4], dataFormat: 'channelsFirst' }),
      tf.layers.flatten({ dataFormat: 'channelsFirst' }),
      fc('2'),
    ],
  },
  {
    what: 'a convolution that a reshape flattens',
    given: golden.image,
    layers: () => [convolution({ inputShape: [3, 4, 2] }), tf.layers.reshape({ targetShape: [18] }), fc('2')],
    from: [0, 2, 3, 1],
  },
])(
  'transferWeights puts the rows of a dense layer behind $what in the order of PyTorch',
  async ({ given, layers, from }) => {
    const model = tf.sequential({ layers: layers() });
    const { skipped, unused } = await transferWeights(await openCheckpoint(bytesOf(given.safetensors)), model);
    expect([skipped, unused]).toEqual([[], []]);
    const x = inputOf(given);
    await expectOutput(model, from ? tf.tidy(() => tf.transpose(x, from)) : x, given);
    x.dispose();
    await expectSame(model, given.safetensors);
    model.dispose();
  },
);

it.each([
  { what: 'ends with the map', rename: { 0: 'within.0' } },
  { what: 'flattens', rename: { 0: 'within.0' } },
  { what: 'begins with the flattening', rename: { 2: 'within.2' } },
  { what: 'begins behind it', rename: { 2: 'within.2' } },
])('transferWeights sees the convolutions of a model of which one within $what', async ({ what, rename }) => {
  const within = (shape: number[], ...layers: tf.layers.Layer[]): tf.LayersModel => {
    const inputs = tf.input({ shape });
    const outputs = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
    return tf.model({ inputs, outputs, name: 'within' });
  };
  const image = { inputShape: [3, 4, 2] };
  const layers = {
    'ends with the map': () => [within([3, 4, 2], convolution({})), flat(), fc('2')],
    flattens: () => [within([3, 4, 2], convolution({}), flat()), fc('2')],
    'begins with the flattening': () => [convolution(image), within([2, 3, 3], flat(), fc('2'))],
    'begins behind it': () => [convolution(image), flat(), within([18], fc('2'))],
  }[what]!();
  const model = tf.sequential({ layers });
  const tensors = tf.memory().numTensors;
  await transferWeights(await openCheckpoint(bytesOf(golden.image.safetensors)), model, {
    rename: rename as Record<string, string>,
  });
  expect(tf.memory().numTensors).toBe(tensors);
  await expectOutput(
    model,
    tf.tidy(() => tf.transpose(inputOf(golden.image), [0, 2, 3, 1])),
    golden.image,
  );
  model.dispose();
});

it('transferWeights makes a generator what it is in PyTorch: a vector becomes channels first, and a whole map is normalized', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 18, inputShape: [5], name: 'fc' }),
      tf.layers.batchNormalization({ epsilon: 1e-5, name: 'flat_norm' }),
      tf.layers.reshape({ targetShape: [2, 3, 3] }),
      tf.layers.layerNormalization({ axis: [1, 2, 3], epsilon: 1e-5, name: 'map_norm' }),
      tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2, name: 'up' }),
    ],
  });
  const { generator } = golden;
  const { skipped } = await transferWeights(await openCheckpoint(bytesOf(generator.safetensors)), model);
  expect(skipped).toEqual([]);
  await expectOutput(model, inputOf(generator), generator, [0, 3, 1, 2]);
  await expectSame(model, generator.safetensors);
  model.dispose();
});

it('exportStateDict names recurrent layers as PyTorch does, and transferWeights takes them back', async () => {
  const build = () =>
    tf.sequential({
      layers: [
        tf.layers.bidirectional({
          layer: tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotNormal' }) as never,
          mergeMode: 'concat',
          inputShape: [4, 3],
          name: 'both',
        }),
        tf.layers.dense({ units: 1, name: 'fc' }),
      ],
    });
  const [a, b] = [build(), build()];
  const tensors = tf.memory().numTensors;
  const { checkpoint } = await exportStateDict(a);
  expect(checkpoint.tensors.map(({ name }) => name)).toEqual([
    ...['', '_reverse'].flatMap((end) =>
      ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0'].map((name) => `both.${name}${end}`),
    ),
    'fc.weight',
    'fc.bias',
  ]);
  await transferWeights(checkpoint, b);
  expect(tf.memory().numTensors).toBe(tensors);
  for (const [i, weight] of weightsOf(a).entries()) {
    const [one, other] = [weight.read(), weightsOf(b)[i]!.read()];
    expect(await one.data()).toEqual(await other.data());
    tf.dispose([one, other]);
  }
  a.dispose();
  b.dispose();
});

it('exportStateDict refuses a model that PyTorch has nothing of, and says what it leaves out of others', async () => {
  const gru = () => tf.layers.gru({ units: 2, recurrentInitializer: 'glorotNormal', inputShape: [3, 2], name: 'gru' });
  const alone = tf.sequential({ layers: [gru()] });
  await expect(exportStateDict(alone)).rejects.toThrow('exportStateDict: model must have a layer that PyTorch has too');
  const more = tf.sequential({ layers: [gru(), tf.layers.dense({ units: 1, name: 'fc' })] });
  const { skipped } = await exportStateDict(more);
  expect(skipped.map(({ path }) => path)).toEqual(['gru/cell/kernel', 'gru/cell/recurrentKernel', 'gru/cell/bias']);
  alone.dispose();
  more.dispose();
});

it('transferWeights and exportStateDict take dots in names of layers for what they are in PyTorch', async () => {
  const build = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'net.0' })] });
  const [a, b] = [build(), build()];
  const { checkpoint } = await exportStateDict(a);
  expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['net.0.weight', 'net.0.bias']);
  const { transferred } = await transferWeights(checkpoint, b);
  expect(transferred.map(({ path }) => path)).toEqual(['net.0/kernel', 'net.0/bias']);
  a.dispose();
  b.dispose();
});
