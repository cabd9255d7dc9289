import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, toArtifacts } from '@weightkit/checkpoint';
import { describe, expect, it } from 'vitest';
import { shrinkCheckpoint } from '../../src/checkpoint.ts';
import { fillWeights, outputsOf } from './generated.ts';
import { kill } from './models.ts';

type Config = Record<string, unknown>;

/** What Keras and its converters write of each layer beside what the layer is. */
const common = { trainable: true, dtype: 'float32', activity_regularizer: null };
const plain = {
  ...common,
  use_bias: true,
  kernel_initializer: {
    class_name: 'VarianceScaling',
    config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
  },
  bias_initializer: { class_name: 'Zeros', config: {} },
  kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.0005 } },
  bias_regularizer: null,
  kernel_constraint: null,
  bias_constraint: null,
};
const convolution = {
  ...plain,
  kernel_size: [3, 3],
  strides: [1, 1],
  padding: 'same',
  data_format: 'channels_last',
  dilation_rate: [1, 1],
  groups: 1,
  activation: 'linear',
  kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null }, shared_object_id: 1 },
};
const recurrent = {
  ...plain,
  return_sequences: false,
  return_state: false,
  go_backwards: false,
  stateful: false,
  unroll: false,
  time_major: false,
  activation: 'tanh',
  recurrent_activation: 'hard_sigmoid',
  recurrent_initializer: { class_name: 'Orthogonal', config: { gain: 1, seed: null } },
  recurrent_regularizer: null,
  recurrent_constraint: null,
  dropout: 0,
  recurrent_dropout: 0,
  implementation: 2,
};
const norm = {
  ...common,
  momentum: 0.99,
  epsilon: 0.001,
  center: true,
  scale: true,
  beta_initializer: { class_name: 'Zeros', config: {} },
  gamma_initializer: { class_name: 'Ones', config: {} },
  moving_mean_initializer: { class_name: 'Zeros', config: {} },
  moving_variance_initializer: { class_name: 'Ones', config: {} },
  beta_regularizer: null,
  gamma_regularizer: null,
  beta_constraint: null,
  gamma_constraint: null,
};

const layer = (class_name: string, config: Config) => ({ class_name, config });
/** A layer of a functional model, behind others; calls of a model count from 1. */
const node = (class_name: string, config: Config, ...from: string[]) => ({
  class_name,
  name: config.name,
  config,
  inbound_nodes: from.length === 0 ? [] : [from.map((name) => [name, name.startsWith('sequential') ? 1 : 0, 0, {}])],
});
const root = (class_name: string, config: unknown, keras_version = '2.4.0') => ({
  keras_version,
  backend: 'tensorflow',
  model_config: { class_name, config },
});

/** A block as in MobileNet, with an axis of batch normalization as a version of Keras writes it. */
const blockOf = (axis: unknown) =>
  root(
    'Functional',
    {
      name: 'mobile',
      trainable: true,
      layers: [
        node('InputLayer', { batch_input_shape: [null, 8, 8, 3], dtype: 'float32', ragged: false, name: 'x' }),
        node(
          'ZeroPadding2D',
          {
            ...common,
            name: 'pad',
            padding: [
              [0, 1],
              [0, 1],
            ],
            data_format: 'channels_last',
          },
          'x',
        ),
        node(
          'Conv2D',
          { ...convolution, name: 'a', filters: 6, strides: [2, 2], padding: 'valid', use_bias: false },
          'pad',
        ),
        node('BatchNormalization', { ...norm, name: 'an', axis }, 'a'),
        node('ReLU', { ...common, name: 'ar', max_value: 6, negative_slope: 0, threshold: 0 }, 'an'),
        node(
          'DepthwiseConv2D',
          { ...convolution, name: 'd', depth_multiplier: 1, use_bias: false, depthwise_initializer: null },
          'ar',
        ),
        node('BatchNormalization', { ...norm, name: 'dn', axis }, 'd'),
        node('Activation', { ...common, name: 'dr', activation: 'relu6' }, 'dn'),
        node('Conv2D', { ...convolution, name: 'p', filters: 6, kernel_size: [1, 1] }, 'dr'),
        node('Add', { ...common, name: 'sum' }, 'ar', 'p'),
        node(
          'GlobalAveragePooling2D',
          { ...common, name: 'pool', data_format: 'channels_last', keepdims: false },
          'sum',
        ),
        node('Dropout', { ...common, name: 'drop', rate: 0.5, noise_shape: null, seed: null }, 'pool'),
        node('Dense', { ...plain, name: 'out', units: 2, activation: 'softmax' }, 'drop'),
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['out', 0, 0]],
    },
    '2.13.1',
  );

const pair = (first: Config): ReturnType<typeof layer>[] => [
  layer('Dense', { ...plain, name: 'dense', units: 5, activation: 'relu', ...first }),
  layer('Dropout', { ...common, name: 'dropout', rate: 0.5, noise_shape: null, seed: null }),
  layer('Dense', { ...plain, name: 'dense_1', units: 2, activation: 'softmax' }),
];
const inputLayer = {
  batch_input_shape: [null, 4],
  dtype: 'float32',
  sparse: false,
  ragged: false,
  name: 'dense_input',
};

interface Form {
  topology: object;
  /** The units that are 0, and where they stand in each of a layer's weights. */
  dead: Record<string, [units: number[], axes: Record<string, number[]>, of?: number]>;
  /** What the plan says went, where it is not `dead`. */
  removed?: Record<string, number[]>;
  /** A weight's name in the file by that of stock TensorFlow.js. */
  renamed?: (name: string) => string;
}

const unit = { kernel: [-1], bias: [-1] };
const gates = { kernel: [-1], recurrentKernel: [-1], bias: [-1] };
const scaled = { gamma: [-1], beta: [-1] };
/** Unit 1 is 0 behind its second normalization alone: the Add reads it before that. */
const MOBILE: Form['dead'] = { an: [[0, 4], scaled], dn: [[0, 1, 4], scaled], p: [[0, 4], unit] };

const FORMS: Record<string, Form> = {
  'an InputLayer and then a layer that says the shape again': {
    topology: root('Sequential', {
      name: 'sequential',
      layers: [layer('InputLayer', inputLayer), ...pair({ batch_input_shape: [null, 4] })],
    }),
    dead: { dense: [[1, 3], unit] },
  },
  'a Sequential that is a list of layers, of the first Keras 2': {
    topology: root('Sequential', pair({ batch_input_shape: [null, 4] }), '2.0.6'),
    dead: { dense: [[0], unit] },
  },
  'activations as layers, and LeakyReLU and PReLU': {
    topology: root('Sequential', {
      name: 'sequential_1',
      build_input_shape: [null, 6, 6, 2],
      layers: [
        layer('Conv2D', { ...convolution, name: 'conv2d', filters: 5, batch_input_shape: [null, 6, 6, 2] }),
        layer('LeakyReLU', { ...common, name: 'leaky_re_lu', alpha: 0.30000001192092896 }),
        layer('MaxPooling2D', {
          ...common,
          name: 'pool',
          pool_size: [2, 2],
          padding: 'valid',
          strides: [2, 2],
          data_format: 'channels_last',
        }),
        layer('Conv2D', { ...convolution, name: 'conv2d_1', filters: 4, dilation_rate: [2, 2] }),
        layer('PReLU', {
          ...common,
          name: 'p_re_lu',
          alpha_initializer: { class_name: 'Zeros', config: {} },
          alpha_regularizer: null,
          alpha_constraint: null,
          shared_axes: [1, 2],
        }),
        layer('Flatten', { ...common, name: 'flatten', data_format: 'channels_last' }),
        layer('Dense', { ...plain, name: 'dense', units: 3 }),
        layer('Activation', { ...common, name: 'activation', activation: 'softmax' }),
      ],
    }),
    dead: { conv2d: [[2], unit], conv2d_1: [[0, 3], unit] },
  },
  'MobileNet blocks with batch normalization over axis -1': {
    topology: blockOf(-1),
    dead: MOBILE,
    removed: { a: [0, 4], p: [0, 4] },
  },
  'batch normalization over axis [3], as Keras 2 writes it': {
    topology: blockOf([3]),
    dead: MOBILE,
    removed: { a: [0, 4], p: [0, 4] },
  },
  'an LSTM whose weights stand in a cell': {
    topology: root('Sequential', {
      name: 'sequential',
      layers: [
        layer('Embedding', {
          ...common,
          name: 'embedding',
          batch_input_shape: [null, 5],
          input_dim: 7,
          output_dim: 4,
          embeddings_initializer: {
            class_name: 'RandomUniform',
            config: { minval: -0.05, maxval: 0.05, seed: null, dtype: 'float32' },
          },
          embeddings_regularizer: null,
          embeddings_constraint: null,
          mask_zero: false,
          input_length: 5,
        }),
        layer('LSTM', { ...recurrent, name: 'lstm', units: 4, unit_forget_bias: true }),
        layer('Dense', { ...plain, name: 'dense', units: 2 }),
      ],
    }),
    // A cell and its gates at 0 hold a state of 0.
    dead: { lstm: [[1], gates, 4] },
    renamed: (name) => name.replace('lstm/', 'lstm/lstm_cell/'),
  },
  'a GRU in both directions': {
    topology: root('Functional', {
      name: 'model',
      layers: [
        node('InputLayer', { batch_input_shape: [null, 4, 3], dtype: 'float32', sparse: false, name: 'input_1' }),
        node(
          'Bidirectional',
          {
            ...common,
            name: 'bidirectional',
            merge_mode: 'concat',
            layer: layer('GRU', { ...recurrent, name: 'gru', units: 3, reset_after: false }),
          },
          'input_1',
        ),
        node('Dense', { ...plain, name: 'dense', units: 2 }, 'bidirectional'),
      ],
      input_layers: [['input_1', 0, 0]],
      output_layers: [['dense', 0, 0]],
    }),
    // Both directions are of one size.
    dead: {
      'bidirectional/forward': [[2], gates, 3],
      'bidirectional/backward': [[2], gates, 3],
    },
    renamed: (name) => name.replace(/(ward_gru)\//, '$1/gru_cell_1/'),
  },
  'a model in a model': {
    topology: root('Functional', {
      name: 'model_1',
      layers: [
        node('InputLayer', { batch_input_shape: [null, 4], dtype: 'float32', sparse: false, name: 'input_2' }),
        node('Sequential', { name: 'sequential_2', layers: [layer('InputLayer', inputLayer), ...pair({})] }, 'input_2'),
        node('Dense', { ...plain, name: 'dense_2', units: 3, activation: 'relu' }, 'sequential_2'),
        node('Dense', { ...plain, name: 'dense_3', units: 1, activation: 'sigmoid' }, 'dense_2'),
      ],
      input_layers: [['input_2', 0, 0]],
      output_layers: [['dense_3', 0, 0]],
    }),
    dead: { 'sequential_2/dense': [[4], unit], dense_2: [[0], unit] },
  },
};

/** The file of a form, and the model that stock TensorFlow.js makes of it: units of it are 0. */
async function fileOf({ topology, dead, renamed = (name) => name }: Form) {
  const modelTopology = () => JSON.parse(JSON.stringify(topology));
  const fresh = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: modelTopology() }));
  fillWeights(fresh, 3);
  for (const [path, [units, axes, of]] of Object.entries(dead)) await kill(fresh, path, units, axes, of);
  const weights = fresh.weights.map((weight) => ({
    name: renamed((weight as unknown as { originalName: string }).originalName),
    shape: weight.shape as number[],
    dtype: 'float32' as const,
    tensor: weight.read(),
  }));
  const values = await Promise.all(weights.map(({ tensor }) => tensor.data()));
  const weightData = Float32Array.from(values.flatMap((one) => [...one])).buffer;
  fresh.dispose();
  const weightSpecs = weights.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: modelTopology(), weightSpecs, weightData }));
  const source = await openCheckpoint({ modelTopology: modelTopology(), weightSpecs, weightData } as never);
  return { model, source };
}

/** The largest difference of what two models give, by the largest magnitude. */
async function differenceOf(a: tf.LayersModel, b: tf.LayersModel): Promise<number> {
  const whole = a.layers.some((one) => one.getClassName() === 'Embedding');
  const shape = a.inputs[0]!.shape.map((size) => size ?? 3);
  const x = whole ? tf.floor(tf.randomUniform(shape, 0, 7, 'float32', 1)) : tf.randomNormal(shape, 0, 1, 'float32', 1);
  const [one, two] = [(await outputsOf(a, x)).flat(), (await outputsOf(b, x)).flat()];
  x.dispose();
  expect(two).toHaveLength(one.length);
  return Math.max(...one.map((value, i) => Math.abs(value - two[i]!))) / Math.max(...one.map(Math.abs));
}

describe('shrinkCheckpoint(checkpoint) of files as Keras and its converter write them', () => {
  for (const [title, form] of Object.entries(FORMS))
    it(`takes what is 0 of ${title}, and stock loads what stays and predicts the same`, async () => {
      const { model, source } = await fileOf(form);
      const { checkpoint, plan, guarantee } = await shrinkCheckpoint(source);
      const gone = plan.layers.filter(({ removed }) => removed.length > 0).map(({ path, removed }) => [path, removed]);
      const wanted =
        form.removed ?? Object.fromEntries(Object.entries(form.dead).map(([path, [units]]) => [path, units]));
      expect(Object.fromEntries(gone)).toEqual(wanted);
      expect(guarantee.outputs).toBe('identity');
      const small = await tf.loadLayersModel(tf.io.fromMemory((await toArtifacts(checkpoint)) as never));
      expect(small.countParams()).toBe(plan.after.parameters);
      expect(small.countParams()).toBeLessThan(model.countParams());
      // Sums of float32 with fewer terms, all of which were 0.
      expect(await differenceOf(model, small)).toBeLessThanOrEqual(1e-6);
      for (const one of [model, small]) one.dispose();
    });

  it('writes lists of inputs and outputs where a file has one by itself, which stock does not load', async () => {
    const { topology, dead } = FORMS['MobileNet blocks with batch normalization over axis -1']!;
    const { source } = await fileOf({ topology, dead });
    const text = source.extras.modelJson!.find(([key]) => key === 'modelTopology')![1];
    const bare = text.replace('[["x",0,0]]', '["x",0,0]').replace('[["out",0,0]]', '["out",0,0]');
    expect(bare.length).toBe(text.length - 4);
    const extras = { ...source.extras, modelJson: [['modelTopology', bare]] as [string, string][] };
    const [one, other] = [await shrinkCheckpoint(source), await shrinkCheckpoint({ ...source, extras })];
    expect(other.plan.layers).toEqual(one.plan.layers);
    const small = await tf.loadLayersModel(tf.io.fromMemory((await toArtifacts(other.checkpoint)) as never));
    expect(small.countParams()).toBe(other.plan.after.parameters);
    small.dispose();
  });

  const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };

  it('passes over policies of dtypes, which stock passes over', async () => {
    const layers = [layer('InputLayer', inputLayer), ...pair({})].map(({ class_name, config }, i) => ({
      class_name,
      config: i === 0 ? config : { ...config, dtype },
    }));
    const form = { topology: root('Sequential', { name: 's', layers }, '3.0.5'), dead: { dense: [[2], unit] } } as Form;
    const { model, source } = await fileOf(form);
    const { checkpoint } = await shrinkCheckpoint(source);
    const small = await tf.loadLayersModel(tf.io.fromMemory((await toArtifacts(checkpoint)) as never));
    expect(small.countParams()).toBe(model.countParams() - 4 - 1 - 2);
    expect(await differenceOf(model, small)).toBeLessThanOrEqual(1e-6);
    for (const one of [model, small]) one.dispose();
  });

  const history = { shape: [null, 4], dtype: 'float32', keras_history: ['x', 0, 0] };
  const UNLOADABLE: [string, object[], string][] = [
    [
      'batch_shape of Keras 3',
      [layer('InputLayer', { batch_shape: [null, 4], name: 'x' }), ...pair({})],
      'an InputLayer must have a batch_input_shape, as TensorFlow.js loads it, got "x"',
    ],
    [
      'convolutions in groups',
      [layer('Conv2D', { ...convolution, name: 'c', filters: 4, groups: 2, batch_input_shape: [null, 4, 4, 2] })],
      'groups must be 1 for TensorFlow.js to load a convolution, got "c"',
    ],
    [
      'a GRU that resets after its product',
      [layer('GRU', { ...recurrent, name: 'g', units: 4, reset_after: true, batch_input_shape: [null, 4, 2] })],
      'reset_after must be false for TensorFlow.js to load a GRU, got "g"',
    ],
    [
      'calls as Keras 3 writes them',
      [
        node('InputLayer', { batch_input_shape: [null, 4], name: 'x' }),
        {
          ...node('Dense', { ...plain, name: 'd', units: 2 }),
          inbound_nodes: [{ args: [{ class_name: '__keras_tensor__', config: history }], kwargs: {} }],
        },
      ],
      'inbound_nodes must be lists of [layer, call, output], as TensorFlow.js reads them, got "d"',
    ],
  ];
  for (const [title, layers, message] of UNLOADABLE)
    it(`refuses ${title}, which stock does not load`, async () => {
      const isGraph = layers.some((one) => 'inbound_nodes' in one);
      const config = { name: 'm', layers, input_layers: [['x', 0, 0]], output_layers: [['d', 0, 0]] };
      const modelTopology = root(isGraph ? 'Functional' : 'Sequential', config);
      const source = await openCheckpoint({
        modelTopology: JSON.parse(JSON.stringify(modelTopology)),
        weightSpecs: [{ name: 'c/kernel', shape: [3, 3, 1, 4], dtype: 'float32' }],
        weightData: new ArrayBuffer(144),
      } as never);
      await expect(shrinkCheckpoint(source)).rejects.toThrow(message);
      const weights = {
        weightSpecs: [...source.tensors].map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      };
      const file = { modelTopology, ...weights, weightData: new ArrayBuffer(144) };
      await expect(tf.loadLayersModel(tf.io.fromMemory(JSON.parse(JSON.stringify(file))))).rejects.toThrow();
    });
});
