import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { fans, weightsOf } from '../../src/index.ts';

const FLOAT = { type: 'DT_FLOAT' };
const constant = (name: string) => ({
  name,
  op: 'Const',
  attr: { dtype: FLOAT, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: {} } } },
});
const input = (name: string, sizes: number[]) => ({
  name,
  op: 'Placeholder',
  attr: { dtype: FLOAT, shape: { shape: { dim: sizes.map((size) => ({ size: String(size) })) } } },
});
const convolution = { T: FLOAT, strides: { list: { i: ['1', '1', '1', '1'] } }, padding: { s: 'VkFMSUQ=' } };

/** A graph with the nodes given, and weights of the shapes given. */
function graphOf(node: object[], shapes: Record<string, number[]>): Promise<tf.GraphModel> {
  const weightSpecs = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' as const }));
  const size = weightSpecs.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
  const weightData = Float32Array.from({ length: size }, (_, i) => (i % 7) - 3).buffer;
  return tf.loadGraphModel(
    tf.io.fromMemory({ modelTopology: { node, versions: { producer: 1 } }, weightSpecs, weightData }),
  );
}

/** One op that reads the weight `k` as its second input (or first, with `left`). */
const using = (op: string, shape: number[], attr: object, { through = '', left = false } = {}) =>
  graphOf(
    [
      input('x', [-1, 4, 4, 3]),
      constant('k'),
      ...(through ? [{ name: 'read', op: through, input: ['k'], attr: { T: FLOAT } }] : []),
      { name: 'y', op, input: left ? ['k', 'x'] : ['x', through ? 'read' : 'k'], attr },
    ],
    { k: shape },
  );

const product = (a: boolean, b: boolean) => ({ T: FLOAT, transpose_a: { b: a }, transpose_b: { b } });

describe('weights of a GraphModel know how their op reads them', () => {
  test.each([
    ['Conv2D', [3, 2, 3, 5], convolution, {}, { fanIn: 18, fanOut: 30 }],
    ['DepthwiseConv2dNative', [3, 2, 3, 2], convolution, {}, { fanIn: 6, fanOut: 12 }],
    ['DepthwiseConv2dNative', [3, 2, 3, 1], convolution, { through: 'Identity' }, { fanIn: 6, fanOut: 6 }],
    ['FusedDepthwiseConv2dNative', [3, 3, 3, 1], { ...convolution, num_args: { i: '0' } }, {}, { fanIn: 9, fanOut: 9 }],
    ['_FusedConv2D', [1, 1, 3, 5], { ...convolution, num_args: { i: '0' } }, {}, { fanIn: 3, fanOut: 5 }],
    ['Conv2DBackpropInput', [3, 3, 2, 3], convolution, {}, { fanIn: 27, fanOut: 18 }],
    ['MatMul', [4, 6], product(false, false), {}, { fanIn: 4, fanOut: 6 }],
    ['MatMul', [4, 6], product(false, true), {}, { fanIn: 6, fanOut: 4 }],
    ['MatMul', [4, 6], product(false, false), { left: true }, { fanIn: 6, fanOut: 4 }],
    ['MatMul', [4, 6], product(true, false), { left: true }, { fanIn: 4, fanOut: 6 }],
    ['BiasAdd', [3], { T: FLOAT }, {}, { fanIn: 3, fanOut: 3 }],
  ] as const)('%s of [%s]', async (op, shape, attr, how, expected) => {
    const model = await using(op, [...shape], attr, how);
    const [weight] = weightsOf(model);
    expect(fans(weight!)).toEqual(expected);
    expect(() => fans(weight!, { kind: 'kernel' })).toThrow('fans: layout must be left out for a weight');
    model.dispose();
  });

  test('a weight that no op of kernels reads is read by its shape', async () => {
    const model = await graphOf(
      [input('x', [-1, 2]), constant('k'), { name: 'y', op: 'Add', input: ['x', 'k'], attr: { T: FLOAT } }],
      {
        k: [3, 2],
      },
    );
    const [weight] = weightsOf(model);
    expect(weight!.layout).toBeUndefined();
    expect(fans(weight!)).toEqual({ fanIn: 3, fanOut: 2 });
    model.dispose();
  });
});

describe('what has weights and is not a LayersModel', () => {
  const map = () => ({ 'a/kernel': tf.ones([2, 3]), 'a/ids': tf.tensor1d([1, 2], 'int32') });

  test('weightsOf(tensors by name) reads them, and refuses to write', async () => {
    const tensors = map();
    const weights = weightsOf(tensors);
    expect(weights.map(({ path, dtype, shape, trainable }) => [path, dtype, [...shape], trainable])).toEqual([
      ['a/kernel', 'float32', [2, 3], false],
      ['a/ids', 'int32', [2], false],
    ]);
    const value = weights[0]!.read();
    expect([...(await value.data())]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(() => weights[0]!.write(value)).toThrow(
      "write: a map's tensors are only read, got a/kernel; set the weights of the model",
    );
    expect(fans(weights[0]!)).toEqual({ fanIn: 2, fanOut: 3 });
    tf.dispose([value, ...Object.values(tensors)]);
    expect(() => weightsOf(tensors)).toThrow('weightsOf: weights must not be disposed, got a/kernel, which is');
  });

  test('weightsOf(artifacts) says how to load or decode them', () => {
    const artifacts = { modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(0) };
    for (const source of [artifacts, { weightsManifest: [] }])
      expect(() => weightsOf(source as never)).toThrow(
        /^weightsOf: source must be loaded, got \{.*\}; load the model, or decode its weights alone: tf\.io\.decodeWeights/,
      );
  });
});
