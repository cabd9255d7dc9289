import * as tf from '@tensorflow/tfjs';
import { artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import {
  checkIdle,
  exclusively,
  finiteValues,
  parametrize,
  type Weight,
  type WeightSource,
  weightsOf,
} from '../../src/index.ts';
import { fill, Hidden, numbers } from '../models.ts';

const paths = (source: WeightSource) => weightsOf(source).map(({ path }) => path);
const dense = (name: string, inputShape?: number[]) =>
  tf.layers.dense({ units: 2, name, ...(inputShape && { inputShape }) });

/** Two levels of nesting, every kind of container of layers, and equal layer names in two nested models. */
function everything(): tf.LayersModel {
  const deep = tf.sequential({ name: 'deep', layers: [dense('d', [2]), tf.layers.batchNormalization({ name: 'bn' })] });
  const encoder = tf.sequential({ name: 'encoder', layers: [dense('first', [2]), deep] });
  return tf.sequential({
    layers: [
      tf.layers.timeDistributed({ layer: dense('inside'), inputShape: [3, 2], name: 'td' }),
      tf.layers.bidirectional({
        layer: tf.layers.lstm({ units: 2, returnSequences: true }) as tf.RNN,
        mergeMode: 'sum',
        name: 'bi',
      }),
      tf.layers.rnn({
        cell: [tf.layers.gruCell({ units: 2 }), tf.layers.simpleRNNCell({ units: 2 })],
        name: 'stack',
      }),
      encoder,
      tf.layers.reshape({ targetShape: [1, 1, 2], name: 'r' }),
      tf.layers.separableConv2d({ filters: 2, kernelSize: 1, name: 'sep' }),
      tf.layers.flatten({ name: 'f' }),
      new Hidden({ name: 'hidden' }),
    ],
  });
}

const EVERYTHING = [
  'td/layer/kernel',
  'td/layer/bias',
  ...['forward', 'backward'].flatMap((way) => ['kernel', 'recurrentKernel', 'bias'].map((p) => `bi/${way}/cell/${p}`)),
  ...[0, 1].flatMap((i) => ['kernel', 'recurrentKernel', 'bias'].map((p) => `stack/cell/cells/${i}/${p}`)),
  'encoder/first/kernel',
  'encoder/first/bias',
  'encoder/deep/d/kernel',
  'encoder/deep/d/bias',
  'encoder/deep/bn/gamma',
  'encoder/deep/bn/beta',
  'encoder/deep/bn/movingMean',
  'encoder/deep/bn/movingVariance',
  'sep/bias',
  'sep/depthwiseKernel',
  'sep/pointwiseKernel',
  'hidden/scale',
  'hidden/shift',
  'hidden/bias',
];

describe('weightsOf', () => {
  it('weightsOf(model) lists every weight once, by the properties on the way to it', () => {
    const model = everything();
    expect(paths(model).sort()).toEqual(EVERYTHING.sort());
    expect(new Set(weightsOf(model).map(({ variable }) => variable)).size).toBe(model.weights.length);
    model.dispose();
  });

  it('weightsOf(model) keeps paths and order through freezing, compile, parametrize, fit and fold', async () => {
    const model = everything();
    const before = paths(model);
    const values = weightsOf(model).map(({ variable }) => variable);
    const same = () => {
      expect(paths(model)).toEqual(before);
      expect(weightsOf(model).map(({ variable }) => variable)).toEqual(values);
    };
    for (const i of [0, 2, 3]) model.layers[i]!.trainable = false;
    same();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    same();
    model.trainable = false;
    same();
    model.trainable = true;
    for (const layer of model.layers) layer.trainable = true;
    const p = weightsOf(model, '**/kernel').map((w) =>
      parametrize(w, { forward: (v, { g }) => tf.mul(v, g!), variables: { g: () => tf.scalar(1) } }),
    );
    same();
    for (const { fold } of p) fold();
    same();
    model.dispose();
  });

  it('weightsOf(model) gives the same paths after a save and a load in stock TensorFlow.js', async () => {
    const deep = tf.sequential({
      name: 'deep',
      layers: [dense('d', [2]), tf.layers.batchNormalization({ name: 'bn' })],
    });
    const model = tf.sequential({
      layers: [
        tf.layers.bidirectional({
          layer: tf.layers.lstm({ units: 2 }) as tf.RNN,
          mergeMode: 'sum',
          inputShape: [3, 2],
          name: 'bi',
        }),
        deep,
        dense('out'),
      ],
    });
    deep.trainable = false;
    fill(model);
    const again = await loadStock(await artifactsOf((handler) => model.save(handler)));
    expect(paths(again)).toEqual(paths(model));
    const values = (source: tf.LayersModel) => Promise.all(weightsOf(source).map((w) => valuesOf(w.read())));
    expect(await values(again)).toEqual(await values(model));
    model.dispose();
    again.dispose();
  });

  it('weightsOf(model) tells equal layer names in two nested models apart and lists a shared layer once', () => {
    const shared = dense('shared');
    const branch = (name: string) => {
      const input = tf.input({ shape: [2] });
      const x = dense('same').apply(shared.apply(input)) as tf.SymbolicTensor;
      return tf.model({ inputs: input, outputs: x, name });
    };
    const input = tf.input({ shape: [2] });
    const outs = [branch('a'), branch('b'), shared].map((layer) => layer.apply(input) as tf.SymbolicTensor);
    const model = tf.model({ inputs: input, outputs: outs });
    const found = paths(model);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((path) => path.includes('same'))).toEqual([
      'a/same/kernel',
      'a/same/bias',
      'b/same/kernel',
      'b/same/bias',
    ]);
    expect(found.filter((path) => path.includes('shared')).length).toBe(2);
  });

  it('weightsOf(layer) keeps equal names of weights in one layer apart', () => {
    const layer = new Hidden({ name: 'h', inputShape: [1] });
    layer.build();
    const list = (layer as unknown as { _trainableWeights: { originalName: string }[] })._trainableWeights;
    Object.defineProperty(list[1]!, 'originalName', { value: 'x/scale' });
    Object.assign(layer, { bias: list[2] });
    expect(paths(layer)).toEqual(['h/bias', 'h/scale', 'h/scale_1']);
  });

  it('weightsOf(model) says shape, dtype, layer, owner, property and whether fit would train the weight', () => {
    const rnn = tf.layers.gru({ units: 2, inputShape: [3, 1], name: 'rnn' });
    const frozen = tf.sequential({
      name: 'frozen',
      layers: [tf.sequential({ name: 'in', layers: [dense('d', [2])] })],
    });
    const model = tf.sequential({ layers: [rnn, frozen, new Hidden({ name: 'h' })] });
    frozen.trainable = false;
    const kernel = weightsOf(model, 'rnn/cell/recurrentKernel')[0]!;
    expect([kernel.shape, kernel.dtype, kernel.trainable, kernel.property]).toEqual([
      [2, 6],
      'float32',
      true,
      'recurrentKernel',
    ]);
    expect(kernel.owner).toBe(rnn);
    expect(kernel.layer?.getClassName()).toBe('GRUCell');
    // The inner variable itself stays trainable: fit does not see it.
    const inner = weightsOf(model, 'frozen/in/d/kernel')[0]!;
    expect([inner.trainable, inner.variable!.trainable]).toEqual([false, true]);
    expect(weightsOf(model, 'h/scale')[0]!.property).toBe(null);
    model.dispose();
  });

  it('weightsOf(model)[i].read is a copy, write sets the variable in place and skips constraints', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [1], kernelConstraint: 'nonNeg', name: 'd' })],
    });
    const [w] = weightsOf(model, 'd/kernel');
    const old = w!.read();
    const value = tf.tensor2d([[-1, 2]]);
    const variable = w!.variable;
    expect((await leakOf(() => w!.write(value))).tensors).toBe(0);
    expect(w!.variable).toBe(variable);
    value.dispose();
    expect([...(await valuesOf(w!.read()))]).toEqual([-1, 2]);
    expect([...(await valuesOf(old))]).not.toEqual([-1, 2]);
    expect((await leakOf(() => w!.read().dispose())).tensors).toBe(0);
    model.dispose();
  });

  it('weightsOf(...)[i].write refuses another shape, another dtype and what is no tensor', async () => {
    const model = tf.sequential({ layers: [dense('d', [3])] });
    const variable = tf.variable(tf.ones([3, 2]));
    for (const w of [weightsOf(model, 'd/kernel')[0]!, weightsOf({ 'd/kernel': variable })[0]!]) {
      const before = await valuesOf(w.read());
      const [flat, whole] = [tf.ones([6]), tf.ones([3, 2], 'int32')];
      expect(() => w.write(flat)).toThrow('write: d/kernel must get float32 of shape [3,2], got "float32 [6]"');
      expect(() => w.write(whole)).toThrow('got "int32 [3,2]"');
      expect(() => w.write([1] as unknown as tf.Tensor)).toThrow(TypeError);
      expect(await valuesOf(w.read())).toEqual(before);
      tf.dispose([flat, whole]);
    }
    variable.dispose();
    model.dispose();
  });

  it('weightsOf(variables) takes a record by its names and a list by the names of the variables', async () => {
    const a = tf.variable(tf.ones([2]), false, 'some/a');
    const b = tf.variable(tf.zeros([1, 2]));
    expect(paths({ x: a, y: b })).toEqual(['x', 'y']);
    expect(paths([a, b])).toEqual(['some/a', b.name]);
    const [w] = weightsOf({ x: a });
    expect([w!.trainable, w!.layer, w!.owner, w!.property, w!.variable]).toEqual([false, null, null, null, a]);
    const twos = tf.fill([2], 2);
    w!.write(twos);
    w!.write(a);
    twos.dispose();
    expect([...(await valuesOf(w!.read()))]).toEqual([2, 2]);
    tf.dispose([a, b]);
  });

  it('weightsOf(GraphModel) reads the weights by name and refuses values of another shape', async () => {
    const { model, dispose } = await graphModel();
    const weights = weightsOf(model);
    expect(weights.map(({ path, shape, trainable, variable }) => ({ path, shape, trainable, variable }))).toEqual([
      { path: 'dense/kernel', shape: [2, 2], trainable: false, variable: null },
    ]);
    expect([...(await valuesOf(weights[0]!.read()))]).toEqual([1, 2, 3, 4]);
    const x = tf.tensor2d([[1, 1]]);
    expect([...(await valuesOf(model.predict(x) as tf.Tensor))]).toEqual([4, 6]);
    expect(() => weights[0]!.write(x)).toThrow('write: dense/kernel must get float32 of shape [2,2]');
    x.dispose();
    dispose();
  });

  it('weightsOf(source, filter) keeps the order of the tree and throws when nothing matches, with what there is', () => {
    const model = tf.sequential({ layers: [dense('a', [2]), dense('b')] });
    expect(weightsOf(model, ['b/kernel', 'a/*']).map(({ path }) => path)).toEqual(['a/kernel', 'a/bias', 'b/kernel']);
    expect(weightsOf(model, ({ shape }) => shape.length === 1).length).toBe(2);
    expect(() => weightsOf(model, 'c/*')).toThrow(
      'weightsOf: filter must match a weight (there are a/kernel, a/bias, b/kernel, b/bias), got "c/*"',
    );
    expect(() => weightsOf(model, 'c/*', 'ia3', 'inputs')).toThrow(
      'ia3: inputs must match a weight (there are a/kernel',
    );
    expect(() => weightsOf(model, [])).toThrow(RangeError);
    model.dispose();
  });

  it('weightsOf(anything else) throws', () => {
    for (const bad of [null, undefined, 3, 'model', { x: 1 }, [1], () => 1])
      expect(() => weightsOf(bad as unknown as WeightSource)).toThrow(TypeError);
    expect(() => weightsOf({ x: 1 } as unknown as WeightSource)).toThrow('weightsOf: x must be a tf.Variable, got 1');
  });

  it('weightsOf(what holds no weight) throws, in the name of the function that asks', async () => {
    const ask = (source: unknown) => () => weightsOf(source as WeightSource, undefined, 'snapshot');
    for (const empty of [[], {}, Object.create(null)])
      expect(ask(empty)).toThrow(/^snapshot: source must hold a weight, got [[{]/);
    class Source {}
    for (const wrong of [
      new Map(),
      new Set(),
      new Date(),
      new Source(),
      new Float32Array(2),
      () => 0,
      Object.create({}),
      Math,
    ])
      expect(ask(wrong)).toThrow(
        /^snapshot: source must be a LayersModel, layer, GraphModel, tensors by name, or tf.Variables by name/,
      );
    const model = tf.sequential({ layers: [dense('a', [2])] });
    expect(ask(Promise.resolve(model))).toThrow('in a list, got a promise (await it)');
    expect(ask(new Array(1))).toThrow('snapshot: a list must hold tf.Variables, got undefined');
    const never = (async () => false) as never;
    expect(() => weightsOf(model, never)).toThrow(
      'weightsOf: filter must return true or false, got a promise (await it)',
    );
    for (const [said, text] of [
      ['yes', '"yes"'],
      [1, '1'],
      [undefined, 'undefined'],
      [null, 'null'],
    ])
      expect(() => weightsOf(model, ['none', (() => said) as never])).toThrow(
        `weightsOf: filter must return true or false, got ${text}`,
      );
    expect(
      weightsOf(tf.sequential({ layers: [tf.layers.activation({ activation: 'relu', inputShape: [2] })] })),
    ).toEqual([]);
    model.dispose();
  });

  it('weightsOf(disposed) throws and names the weight', async () => {
    const variable = tf.variable(tf.ones([2]), true, 'v');
    variable.dispose();
    for (const source of [variable, [variable], { v: variable }])
      expect(() => weightsOf(source as WeightSource)).toThrow(
        'weightsOf: weights must not be disposed, got v, which is',
      );
    const model = tf.sequential({ layers: [dense('a', [2])] });
    const [layer] = model.layers as [tf.layers.Layer];
    model.dispose();
    expect(() => weightsOf(model)).toThrow(`weightsOf: model must not be disposed, got ${model.name}`);
    expect(() => weightsOf(layer)).toThrow('weightsOf: model must not be disposed, got a');
    const other = tf.sequential({ layers: [dense('b', [2])] });
    const [kernel, bias] = weightsOf(other) as [Weight, Weight];
    kernel.variable!.dispose();
    expect(() => weightsOf(other)).toThrow('weightsOf: weights must not be disposed, got b/kernel, which is');
    bias.variable!.dispose();
    const { model: graph, dispose } = await graphModel();
    dispose();
    expect(() => weightsOf(graph)).toThrow('weightsOf: weights must not be disposed, got dense/kernel, which is');
    const empty = new tf.GraphModel('nowhere');
    expect(() => weightsOf(empty)).toThrow('weightsOf: a GraphModel must be loaded');
  });

  it('a weight whose model is disposed is neither read nor written, and says by whom', async () => {
    const value = tf.zeros([2, 2]);
    const gone = (ask: () => unknown, rule: string, path: string) =>
      expect(ask).toThrow(new Error(`${rule}: weights must not be disposed, got ${path}, which is`));
    const { model: graph, dispose } = await graphModel();
    const [listed, asked] = [weightsOf(graph)[0]!, weightsOf(graph, undefined, 'ask')[0]!];
    dispose();
    gone(() => listed.read(), 'read', 'dense/kernel');
    gone(() => listed.write(value), 'write', 'dense/kernel');
    gone(() => asked.read(), 'ask', 'dense/kernel');
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
    const variable = tf.variable(tf.zeros([2, 2]), true, 'gone');
    const map = { t: tf.zeros([2, 2]) };
    const all = [weightsOf(model)[0]!, weightsOf([variable])[0]!, weightsOf(map)[0]!];
    const own = weightsOf(model, undefined, 'ask')[0]!;
    const handle = parametrize(weightsOf(model)[0]!, {
      forward: (w) => tf.mul(w, 2),
      rightInverse: (w) => tf.div(w, 2),
    });
    model.dispose();
    variable.dispose();
    map.t.dispose();
    for (const weight of all) gone(() => weight.read(), 'read', weight.path);
    for (const weight of all.slice(0, 2)) gone(() => weight.write(value), 'write', weight.path);
    gone(() => all[0]!.variable, 'variable', 'a/kernel');
    for (const ask of [() => own.read(), () => own.write(value), () => own.variable]) gone(ask, 'ask', 'a/kernel');
    gone(() => checkIdle('asking', [own]), 'asking', 'a/kernel');
    gone(() => exclusively('asking', [own], async () => 0), 'asking', 'a/kernel');
    await expect(finiteValues('asking', own)).rejects.toThrow('asking: weights must not be disposed, got a/kernel');
    gone(() => handle.value(), 'value', 'a/kernel');
    gone(() => handle.fold(), 'fold', 'a/kernel');
    handle.restore();
    value.dispose();
  });

  it('a GraphModel that is not loaded has no weights', () => {
    const empty = new tf.GraphModel('nowhere');
    expect(() => weightsOf(empty)).toThrow('weightsOf: a GraphModel must be loaded, got one without weights');
  });
});

/** The smallest graph: y = x K. */
async function graphModel() {
  const float = { type: 'DT_FLOAT' };
  const shape = (...sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } });
  const kernel = numbersOf([1, 2, 3, 4]);
  const model = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: {
        node: [
          { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: shape(-1, 2) } },
          {
            name: 'dense/kernel',
            op: 'Const',
            attr: { dtype: float, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: {} } } },
          },
          {
            name: 'y',
            op: 'MatMul',
            input: ['x', 'dense/kernel'],
            attr: { T: float, transpose_a: { b: false }, transpose_b: { b: false } },
          },
        ],
        versions: { producer: 1 },
      },
      weightSpecs: [{ name: 'dense/kernel', shape: [2, 2], dtype: 'float32' }],
      weightData: kernel,
    }),
  );
  return { model, dispose: () => model.dispose() };
}

const numbersOf = (values: number[]): ArrayBuffer => new Float32Array(values).buffer;

it('weightsOf(model with several inputs) reads and writes through the same variables as fit', async () => {
  const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
  const sum = tf.layers
    .add()
    .apply([dense('left').apply(a) as tf.SymbolicTensor, dense('right').apply(b) as tf.SymbolicTensor]);
  const model = tf.model({ inputs: [a, b], outputs: sum as tf.SymbolicTensor });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const x = [numbers([2, 2], 1), numbers([2, 2], 2)];
  const y = tf.ones([2, 2]);
  const kernels = weightsOf(model, '*/kernel');
  const before = await Promise.all(kernels.map((w) => valuesOf(w.read())));
  await model.fit(x, y, { epochs: 1, verbose: 0 });
  const after = await Promise.all(kernels.map((w) => valuesOf(w.read())));
  for (const [i, values] of after.entries()) expect(values).not.toEqual(before[i]);
  tf.dispose([...x, y]);
  model.dispose();
});
