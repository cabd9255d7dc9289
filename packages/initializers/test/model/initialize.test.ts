import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import {
  constant,
  glorotUniform,
  heNormal,
  heUniform,
  initialize,
  lecunNormal,
  lsuv,
  normal,
  ones,
  orthogonal,
  recommend,
  torchDefault,
  zeros,
} from '../../src/index.ts';

/** Dense 6-5-4 with known names. */
const small = () =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, inputShape: [6], name: 'a', biasInitializer: 'ones' }),
      tf.layers.dense({ units: 4, name: 'b' }),
    ],
  });

const plain = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
const seq = { returnSequences: true, ...plain };

/** Each kind of layer, with its kernels' fan-in and fan-out. */
const KINDS: [string, () => tf.layers.Layer[], Record<string, [number, number]>][] = [
  ['dense', () => [tf.layers.dense({ units: 40, inputShape: [30], name: 'l' })], { 'l/kernel': [30, 40] }],
  [
    'conv1d',
    () => [tf.layers.conv1d({ filters: 20, kernelSize: 5, inputShape: [9, 8], name: 'l' })],
    { 'l/kernel': [40, 100] },
  ],
  [
    'conv2d',
    () => [tf.layers.conv2d({ filters: 20, kernelSize: 3, inputShape: [9, 9, 8], name: 'l' })],
    { 'l/kernel': [72, 180] },
  ],
  [
    'conv3d',
    () => [tf.layers.conv3d({ filters: 6, kernelSize: 3, inputShape: [5, 5, 5, 4], name: 'l' })],
    { 'l/kernel': [108, 162] },
  ],
  [
    'depthwiseConv2d',
    () => [tf.layers.depthwiseConv2d({ depthMultiplier: 2, kernelSize: 3, inputShape: [9, 9, 64], name: 'l' })],
    { 'l/depthwiseKernel': [9, 18] },
  ],
  [
    'separableConv2d',
    () => [tf.layers.separableConv2d({ filters: 20, kernelSize: 3, inputShape: [9, 9, 64], name: 'l' })],
    { 'l/depthwiseKernel': [9, 9], 'l/pointwiseKernel': [64, 20] },
  ],
  [
    'conv2dTranspose',
    () => [tf.layers.conv2dTranspose({ filters: 20, kernelSize: 3, inputShape: [5, 5, 8], name: 'l' })],
    { 'l/kernel': [72, 180] },
  ],
  [
    'simpleRNN',
    () => [tf.layers.simpleRNN({ units: 24, inputShape: [3, 20], ...plain, name: 'l' })],
    { 'l/cell/kernel': [20, 24], 'l/cell/recurrentKernel': [24, 24] },
  ],
  [
    'lstm',
    () => [tf.layers.lstm({ units: 24, inputShape: [3, 20], ...plain, name: 'l' })],
    { 'l/cell/kernel': [20, 24], 'l/cell/recurrentKernel': [24, 24] },
  ],
  [
    'gru',
    () => [tf.layers.gru({ units: 24, inputShape: [3, 20], ...plain, name: 'l' })],
    { 'l/cell/kernel': [20, 24], 'l/cell/recurrentKernel': [24, 24] },
  ],
  [
    'convLstm2d',
    () => [
      tf.layers.convLstm2d({
        filters: 6,
        kernelSize: 3,
        inputShape: [2, 5, 5, 4],
        ...plain,
        name: 'l',
      }) as tf.layers.Layer,
    ],
    { 'l/cell/kernel': [36, 54], 'l/cell/recurrentKernel': [54, 54] },
  ],
  [
    'stacked RNN cells',
    () => [
      tf.layers.rnn({
        cell: [tf.layers.gruCell({ units: 10, ...plain }), tf.layers.lstmCell({ units: 8, ...plain })],
        inputShape: [3, 20],
        name: 'l',
      }),
    ],
    {
      'l/cell/cells/0/kernel': [20, 10],
      'l/cell/cells/0/recurrentKernel': [10, 10],
      'l/cell/cells/1/kernel': [10, 8],
      'l/cell/cells/1/recurrentKernel': [8, 8],
    },
  ],
  [
    'bidirectional',
    () => [
      tf.layers.bidirectional({
        layer: tf.layers.lstm({ units: 12, ...seq }) as tf.RNN,
        mergeMode: 'concat',
        inputShape: [3, 20],
        name: 'l',
      }),
    ],
    {
      'l/forward/cell/kernel': [20, 12],
      'l/forward/cell/recurrentKernel': [12, 12],
      'l/backward/cell/kernel': [20, 12],
      'l/backward/cell/recurrentKernel': [12, 12],
    },
  ],
  [
    'timeDistributed',
    () => [tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 30 }), inputShape: [3, 20], name: 'l' })],
    { 'l/layer/kernel': [20, 30] },
  ],
  [
    'embedding',
    () => [tf.layers.embedding({ inputDim: 50, outputDim: 20, inputShape: [3], name: 'l' })],
    { 'l/embeddings': [50, 20] },
  ],
  [
    'nested model',
    () => [
      tf.sequential({
        name: 'inner',
        layers: [tf.layers.dense({ units: 30, inputShape: [40], name: 'l' }), tf.layers.batchNormalization()],
      }),
      tf.layers.dense({ units: 20, name: 'l' }),
    ],
    { 'inner/l/kernel': [40, 30], 'l/kernel': [30, 20] },
  ],
];

describe('initialize(model, heNormal())', () => {
  it.each(KINDS)(
    'gives the kernels of %s the variance 2 / fanIn, fans read off the layer',
    async (_, layers, expected) => {
      const model = tf.sequential({ layers: layers() });
      const report = initialize(model, heNormal(), { seed: 21 });
      const found = report.initialized.map(({ path, fanIn, fanOut }) => [path, [fanIn, fanOut]]);
      expect(Object.fromEntries(found)).toEqual(expected);
      const weights = new Map(weightsOf(model).map((weight) => [weight.path, weight]));
      for (const { path, fanIn, std, measuredStd, deviation, law, seed } of report.initialized) {
        expect(std).toBe(Math.sqrt(2 / fanIn));
        expect({ law, seed }).toEqual({ law: 'heNormal', seed: 21 });
        const values = await valuesOf(weights.get(path)!.read());
        const rms = Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length);
        // Sums of the same float32 values in another order.
        expect(measuredStd).toBeCloseTo(rms, 12);
        expect(Math.abs(deviation!)).toBeLessThan(4);
      }
      expect(report.worstDeviation).toBe(Math.max(...report.initialized.map(({ deviation }) => Math.abs(deviation!))));
      expect(report.initialized.length + report.skipped.length).toBe(weights.size);
      model.dispose();
    },
  );

  it('leaves biases, scales and statistics alone and says so', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, inputShape: [6], name: 'a', biasInitializer: 'ones' }),
        tf.layers.batchNormalization({ name: 'n' }),
        tf.layers.prelu({ name: 'p' }),
      ],
    });
    const { skipped } = initialize(model, heNormal());
    const reason = 'no kernel: it takes a pattern to change it';
    expect(skipped).toEqual(
      ['a/bias', 'n/gamma', 'n/beta', 'n/movingMean', 'n/movingVariance', 'p/alpha'].map((path) => ({ path, reason })),
    );
    expect(await valuesOf(weightsOf(model, 'a/bias')[0]!.read())).toEqual(new Float32Array(5).fill(1));
    model.dispose();
  });

  it('keeps the unit forget bias of an LSTM', async () => {
    const model = tf.sequential({
      layers: [tf.layers.lstm({ units: 3, inputShape: [2, 2], unitForgetBias: true, ...plain })],
    });
    initialize(model, heNormal());
    const bias = await valuesOf(weightsOf(model, '**/bias')[0]!.read());
    expect(bias).toEqual(Float32Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0));
    model.dispose();
  });

  it('gives the values of the initializer for the seed, the path and the fans', async () => {
    const model = tf.sequential({ layers: KINDS[4]![1]() });
    initialize(model, heUniform(), { seed: 5 });
    const weight = weightsOf(model, 'l/depthwiseKernel')[0]!;
    const direct = heUniform()(weight.shape, { seed: 5, path: weight.path, fans: { fanIn: 9, fanOut: 18 } });
    expect(await valuesOf(weight.read())).toEqual(await valuesOf(direct));
    model.dispose();
  });

  it('gives equal layers different values, and another seed others', async () => {
    const layer = (name: string) => tf.layers.dense({ units: 6, inputShape: [6], name });
    const model = tf.sequential({ layers: [layer('a'), layer('b')] });
    const kernels = () => Promise.all(weightsOf(model, '*/kernel').map((weight) => valuesOf(weight.read())));
    initialize(model, heNormal(), { seed: 1 });
    const [a, b] = await kernels();
    expect(a).not.toEqual(b);
    initialize(model, heNormal(), { seed: 2 });
    expect((await kernels())[0]).not.toEqual(a);
    initialize(model, heNormal(), { seed: 1 });
    expect(await kernels()).toEqual([a, b]);
    model.dispose();
  });

  it('gives the same values when layers are frozen or stand beside others', async () => {
    const values = async (model: tf.LayersModel) => {
      initialize(model, heNormal(), { seed: 4 });
      return valuesOf(weightsOf(model, 'a/kernel')[0]!.read());
    };
    const free = small();
    const expected = await values(free);
    const frozen = small();
    frozen.layers[0]!.trainable = false;
    expect(await values(frozen)).toEqual(expected);
    const longer = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, inputShape: [3], name: 'before' }),
        tf.layers.dense({ units: 5, name: 'a' }),
      ],
    });
    expect(await values(longer)).toEqual(expected);
    for (const model of [free, frozen, longer]) model.dispose();
  });

  it('gives a shared layer its values once', () => {
    const shared = tf.layers.dense({ units: 4, name: 'shared' });
    const inputs = [tf.input({ shape: [4] }), tf.input({ shape: [4] })];
    const outputs = inputs.map((input) => shared.apply(input) as tf.SymbolicTensor);
    const model = tf.model({ inputs, outputs });
    expect(initialize(model, heNormal()).initialized.map(({ path }) => path)).toEqual(['shared/kernel']);
    model.dispose();
  });

  it('trains on: the compiled model and its optimizer keep the variables', async () => {
    const model = small();
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const [x, y] = [tf.ones([4, 6]), tf.ones([4, 4])];
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    initialize(model, heNormal(), { seed: 3 });
    const before = await valuesOf(weightsOf(model, 'a/kernel')[0]!.read());
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect(await valuesOf(weightsOf(model, 'a/kernel')[0]!.read())).not.toEqual(before);
    tf.dispose([x, y]);
    model.dispose();
  });
});

describe('initialize(model, orthogonal())', () => {
  it('makes every kernel orthogonal and certifies it', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.lstm({ units: 16, inputShape: [3, 20], ...seq, name: 'r' }),
        tf.layers.dense({ units: 7, name: 'd' }),
      ],
    });
    const report = initialize(model, orthogonal({ gain: 1.5 }));
    expect(report.initialized.map(({ path, std }) => [path, std])).toEqual([
      ['r/cell/kernel', 1.5 / 8],
      ['r/cell/recurrentKernel', 1.5 / 8],
      ['d/kernel', 1.5 / 4],
    ]);
    // The root mean square of orthonormal columns is exact up to float32 rounding of the entries.
    for (const { std, measuredStd } of report.initialized)
      expect(Math.abs(measuredStd / std - 1)).toBeLessThan(2 ** -23);
    expect(report.worstOrthogonality).toBeGreaterThan(0);
    expect(report.worstOrthogonality).toBeLessThan(2 ** -23);
    expect(report.worstDeviation).toBe(0);
    model.dispose();
  });
});

describe('initialize(model, patterns)', () => {
  it('gives each weight the first pattern that matches and reports the rest as skipped', async () => {
    const model = small();
    const report = initialize(model, {
      'a/kernel': ones(),
      '*/kernel': constant({ value: 2 }),
      'b/bias': constant({ value: 3 }),
    });
    expect(report.initialized.map(({ path, law, config }) => [path, law, config])).toEqual([
      ['a/kernel', 'ones', {}],
      ['b/kernel', 'constant', { value: 2 }],
      ['b/bias', 'constant', { value: 3 }],
    ]);
    expect(report.skipped).toEqual([{ path: 'a/bias', reason: 'no pattern matches it' }]);
    const values = await Promise.all(weightsOf(model).map((weight) => valuesOf(weight.read())));
    expect(values.map((v) => v[0])).toEqual([1, 1, 2, 3]);
    model.dispose();
  });

  it('refuses a pattern that matches nothing, one that earlier ones leave nothing, and none at all', () => {
    const model = small();
    expect(() => initialize(model, { 'c/kernel': ones() })).toThrow(
      'initialize: pattern must match a weight (there are a/kernel, a/bias, b/kernel, b/bias), got "c/kernel"',
    );
    expect(() => initialize(model, { '**': ones(), 'a/bias': zeros() })).toThrow(
      'initialize: pattern must match a weight that no earlier one matched, got "a/bias"',
    );
    expect(() => initialize(model, {})).toThrow('initialize: patterns must be one or more, got {}');
    model.dispose();
  });
});

describe('initialize(source, ...)', () => {
  it('takes a layer, variables by name and variables in a list', () => {
    const model = small();
    expect(initialize(model.layers[0]!, lecunNormal()).initialized.map(({ path }) => path)).toEqual(['a/kernel']);
    model.dispose();
    const w = tf.variable(tf.zeros([4, 3]), true, 'listed');
    expect(initialize({ w }, glorotUniform()).initialized[0]).toMatchObject({ path: 'w', fanIn: 4, fanOut: 3 });
    expect(initialize([w], normal()).initialized[0]!.path).toBe('listed');
    w.dispose();
  });

  it('refuses what is no initializer of this package, sources without kernels, other dtypes and a bad seed', () => {
    const model = small();
    const wrong = (initializer: unknown, options?: object) => () => initialize(model, initializer as never, options);
    expect(wrong(() => tf.zeros([1]))).toThrow('initialize: initializer must be an initializer of this package');
    expect(wrong(tf.initializers.heNormal({}))).toThrow(
      'initialize: initializer must be an initializer or patterns with one each, got HeNormal',
    );
    expect(wrong('heNormal')).toThrow('initialize: initializer must be an initializer or patterns with one each');
    expect(wrong(null)).toThrow('initialize: initializer must be an initializer or patterns with one each, got null');
    expect(wrong({ 'a/kernel': 'heNormal' })).toThrow('initialize: a/kernel must be an initializer of this package');
    expect(wrong(heNormal(), { seed: 0.5 })).toThrow('initialize: seed must be a safe integer, got 0.5');
    expect(wrong(heNormal(), { sead: 1 })).toThrow('initialize: options must be among seed, got "sead"');
    model.dispose();
    const scale = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [3] })] });
    expect(() => initialize(scale, heNormal())).toThrow('initialize: model must have a kernel');
    scale.dispose();
    const integers = tf.variable(tf.zeros([2, 2], 'int32'));
    expect(() => initialize({ integers }, zeros())).toThrow('initialize: model must have a kernel of float32');
    expect(() => initialize({ integers }, { integers: zeros() })).toThrow(
      'initialize: integers must be float32, got "int32"',
    );
    integers.dispose();
    const graph = { modelSignature: undefined, weights: { w: [tf.zeros([2, 2])] } };
    const rule = 'initialize: source, when it is no tf.Variables, must be a tfjs layer or LayersModel, got ';
    for (const law of [zeros(), { '**': zeros() }, { nowhere: zeros() }]) {
      expect(() => initialize(graph, law)).toThrow(rule);
      expect(() => initialize(graph, law)).toThrow(
        ', which has no layers; take the LayersModel or the Keras model that it was converted from',
      );
    }
    expect(() => initialize({ w: graph.weights.w[0]! }, zeros())).toThrow(
      '; tensors have no layers: load the model, or set its weights to them',
    );
    tf.dispose(graph.weights);
  });

  it('changes nothing when a law does not fit a weight', async () => {
    const model = small();
    const before = await Promise.all(weightsOf(model).map((weight) => valuesOf(weight.read())));
    expect(() => initialize(model, { '*/kernel': ones(), 'b/bias': orthogonal() })).toThrow(
      'orthogonal: shape must have rank 2 or more, got [4]',
    );
    expect(() => initialize(model, heNormal(), { seed: 2 ** 60 })).toThrow('seed');
    expect(await Promise.all(weightsOf(model).map((weight) => valuesOf(weight.read())))).toEqual(before);
    model.dispose();
  });

  it('writes through the right inverse of a parametrization, and takes everything back where there is none', async () => {
    const model = small();
    const [a, b] = weightsOf(model, '*/kernel');
    const double = parametrize(a!, { forward: (w) => tf.mul(w, 2), rightInverse: (w) => tf.mul(w, 0.5) });
    initialize(model, ones());
    expect(await valuesOf(a!.read())).toEqual(new Float32Array(30).fill(1));
    expect((await double.raw.data())[0]).toBe(0.5);
    const mask = parametrize(b!, { forward: (w) => tf.mul(w, 3) });
    expect(() => initialize(model, constant({ value: 7 }))).toThrow(
      'must have a rightInverse, got one without at b/kernel',
    );
    expect((await double.raw.data())[0]).toBe(0.5);
    expect((await mask.raw.data())[0]).toBe(1);
    model.dispose();
  });

  it('takes back the extra variables of a parametrization too', async () => {
    const model = small();
    const [a, b] = weightsOf(model, '*/kernel');
    initialize(model, ones());
    const scaled = parametrize(a!, {
      forward: (w, { g }) => tf.mul(w, g!),
      rightInverse: (w) => w,
      variables: { g: (w) => tf.max(w) },
    });
    parametrize(b!, { forward: (w) => tf.mul(w, 3) });
    expect(() => initialize(model, constant({ value: 7 }))).toThrow('must have a rightInverse');
    expect((await scaled.variables.g!.data())[0]).toBe(1);
    model.dispose();
  });

  it('leaves no tensors behind, whether it succeeds or not', async () => {
    const model = small();
    expect(await leakOf(() => initialize(model, torchDefault()))).toEqual({ tensors: 0, variables: 0 });
    expect(await leakOf(() => expect(() => initialize(model, { '**': orthogonal() })).toThrow())).toMatchObject({
      tensors: 0,
    });
    const view = parametrize(weightsOf(model, 'b/kernel')[0]!, { forward: (w) => tf.mul(w, 3) });
    expect(await leakOf(() => expect(() => initialize(model, ones())).toThrow())).toEqual({ tensors: 0, variables: 0 });
    view.restore();
    model.dispose();
  });
});

it('initialize gives a model that is built twice the same values, though tfjs numbers its unnamed layers on', async () => {
  const build = () =>
    tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.dense({ units: 2 })] });
  const [first, second] = [build(), build()];
  const reports = [first, second].map((model) => initialize(model, heNormal(), { seed: 5 }));
  expect(reports[0]!.initialized[0]!.path).not.toBe(reports[1]!.initialized[0]!.path);
  for (const i of [0, 1]) {
    const [a, b] = await Promise.all([first, second].map((model) => model.layers[i]!.getWeights()[0]!.data()));
    expect(a).toEqual(b);
    const { stream, seed, fanIn, fanOut, shape } = reports[0]!.initialized[i]!;
    expect(stream).toBe(`dense_Dense#${i + 1}/kernel`);
    const again = heNormal()(shape, { seed, path: stream, fans: { fanIn, fanOut } });
    expect(await again.data()).toEqual(a);
    again.dispose();
  }
  expect(await first.layers[0]!.getWeights()[0]!.data()).not.toEqual(await first.layers[1]!.getWeights()[0]!.data());
});

it.each(['Block2', 'Residual_V2', 'RMSNorm'])(
  'initialize gives unnamed layers of class %s the same values in every model that is built alike',
  async (className) => {
    class Custom extends tf.layers.Layer {
      static className = className;
      kernel!: { read(): tf.Tensor };
      override build(shape: tf.Shape) {
        this.kernel = this.addWeight('kernel', [shape[1]!, 3], 'float32', tf.initializers.zeros());
        this.built = true;
      }
      override computeOutputShape() {
        return [null, 3];
      }
      override call(x: tf.Tensor | tf.Tensor[]) {
        return tf.matMul(Array.isArray(x) ? x[0]! : x, this.kernel.read());
      }
    }
    const build = () => {
      const x = tf.input({ shape: [4] });
      const y = new Custom({}).apply(new Custom({}).apply(x)) as tf.SymbolicTensor;
      return tf.model({ inputs: x, outputs: y });
    };
    const values = async () => {
      const model = build();
      initialize(model, heNormal(), { seed: 5 });
      return Promise.all(model.getWeights().map(async (w) => Array.from(await w.data())));
    };
    const first = await values();
    expect(await values()).toEqual(first);
    expect(first[0]!.slice(0, 9)).not.toEqual(first[1]);
  },
);

/** A layer that looks rows up in a table of int32 and multiplies by a kernel. */
class Lookup extends tf.layers.Layer {
  static className = 'Lookup';
  kernel: tf.LayerVariable | undefined;
  table: tf.LayerVariable | undefined;
  override build(shape: tf.Shape) {
    this.table = this.addWeight('table', [4, 3], 'int32', tf.initializers.zeros(), undefined, false);
    this.kernel = this.addWeight('kernel', [shape[1]!, 3], 'float32', tf.initializers.zeros());
    this.built = true;
  }
  override computeOutputShape() {
    return [null, 3];
  }
  override call(x: tf.Tensor | tf.Tensor[]) {
    return tf.matMul(Array.isArray(x) ? x[0]! : x, this.kernel!.read());
  }
}

describe('a table of int32', () => {
  const build = () => {
    const x = tf.input({ shape: [4] });
    return tf.model({ inputs: x, outputs: new Lookup({ name: 'look' }).apply(x) as tf.SymbolicTensor });
  };

  it('initialize skips it with the reason, under a glob too, and refuses a pattern for it alone', async () => {
    const model = build();
    const table = weightsOf(model, 'look/table')[0]!;
    // Not tf.fill: on WebGPU it goes through float32.
    table.write(tf.tensor(new Int32Array(12).fill(2 ** 24 + 1), [4, 3], 'int32'));
    const skipped = [{ path: 'look/table', reason: 'its dtype is int32, not float32' }];
    expect(initialize(model, heNormal(), { seed: 1 })).toMatchObject({
      initialized: [{ path: 'look/kernel' }],
      skipped,
    });
    expect(initialize(model, { '**': ones() })).toMatchObject({ initialized: [{ path: 'look/kernel' }], skipped });
    for (const pattern of ['look/table', '*/table'])
      expect(() => initialize(model, { [pattern]: zeros(), '**': ones() })).toThrow(
        new TypeError('initialize: look/table must be float32, got "int32"'),
      );
    const value = table.read();
    expect(Array.from(await value.data())).toEqual(new Array(12).fill(2 ** 24 + 1));
    value.dispose();
  });

  it('recommend proposes nothing for it', () => {
    expect(recommend(build()).map(({ path }) => path)).toEqual(['look/kernel']);
    expect(() => recommend(build().layers[1]!)).not.toThrow();
  });
});

describe('calls at the same time', () => {
  const x = tf.keep(tf.randomNormal([64, 6], 0, 1, 'float32', 1));
  const kernels = (model: tf.LayersModel) =>
    Promise.all(model.getWeights().map(async (w) => Array.from(await w.data())));

  it('lsuv twice on one model gives what one after another gives', async () => {
    const [together, apart] = [small(), small()];
    apart.setWeights(together.getWeights());
    const options = { seed: 3 };
    const [first, second] = await Promise.all([lsuv(together, x, options), lsuv(together, x, options)]);
    expect([await lsuv(apart, x, options), await lsuv(apart, x, options)]).toEqual([first, second]);
    expect(await kernels(together)).toEqual(await kernels(apart));
    expect(first.converged && second.converged).toBe(true);
  });

  it('initialize refuses a model that lsuv is at work on, and takes it afterwards', async () => {
    const model = small();
    const work = lsuv(model, x);
    expect(() => initialize(model, heNormal())).toThrow(
      new Error('initialize: model must not be at work elsewhere, got a/kernel in lsuv; await that first'),
    );
    expect((await work).converged).toBe(true);
    expect(initialize(model, heNormal()).initialized).toHaveLength(2);
  });
});
