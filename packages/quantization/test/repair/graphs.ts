import * as tf from '@tensorflow/tfjs';
import { fillNormal, randomKey } from '@weightkit/numerics';

type Attributes = Record<string, object>;
const FLOAT = { T: { type: 'DT_FLOAT' } };
const text = (value: string) => ({ s: btoa(value) });
const image = (strides = 1): Attributes => ({
  strides: { list: { i: ['1', `${strides}`, `${strides}`, '1'] } },
  dilations: { list: { i: ['1', '1', '1', '1'] } },
  padding: text('SAME'),
  data_format: text('NHWC'),
  ...FLOAT,
});
const fused = (...ops: string[]): Attributes => ({
  fused_ops: { list: { s: ops.map(btoa) } },
  num_args: { i: '1' },
  epsilon: { f: 0 },
});

interface Node {
  name: string;
  op: string;
  input?: string[];
  attr?: Attributes;
}

/** A GraphModel of nodes and weights, with input x and output y. */
export async function graphModel(
  nodes: Node[],
  weights: Record<string, tf.Tensor>,
  shape: (number | null)[],
  outputs = ['y'],
): Promise<tf.GraphModel> {
  const dim = shape.map((size) => ({ size: `${size ?? -1}` }));
  const constants = Object.entries(weights).map(([name, { dtype }]): Node => {
    const type = dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT';
    return { name, op: 'Const', attr: { dtype: { type }, value: { tensor: { dtype: type, tensorShape: {} } } } };
  });
  const x = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } };
  const { data, specs } = await tf.io.encodeWeights(weights);
  tf.dispose(weights);
  return tf.loadGraphModel(
    tf.io.fromMemory({
      format: 'graph-model',
      modelTopology: { node: [x, ...constants, ...nodes], library: {}, versions: { producer: 1 } },
      signature: {
        inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim } } },
        outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0`, dtype: 'DT_FLOAT' }])),
      },
      weightSpecs: specs,
      weightData: data,
    } as tf.io.ModelArtifacts),
  );
}

/** What kernels of [..., in, out], or [..., in, 1] of depthwise ones, and biases become when units have other scales. */
function scaled(
  values: Float32Array,
  width: number,
  read: number[] | undefined,
  made: number[] | undefined,
): tf.Tensor1D {
  const inputs = read?.length ?? 1;
  return tf.tensor1d(
    values.map((value, i) => (value / (read?.[Math.floor(i / width) % inputs] ?? 1)) * (made?.[i % width] ?? 1)),
  );
}

/** Every second unit 100 times as large as the others. */
const uneven = (units: number): number[] => Array.from({ length: units }, (_, i) => (i % 2 === 0 ? 1 : 100));

/**
 * A residual network as the converter writes it, whose units before ReLU and in the sum have ranges of 100 : 1, compensated where they are
 * read; where ReLU6 is, they are as they were drawn.
 *
 * stem (ReLU6), deep (depthwise, ReLU6), project, [expand (ReLU), contract] added to project, last (Conv2D, BiasAdd, LeakyReLU), Mean, head.
 *
 * @param stretch - whether ranges are uneven
 */
export function residualGraph(stretch: boolean, batch: number | null = null): Promise<tf.GraphModel> {
  const [middle, inner, end] = [4, 6, 5].map((units) => (stretch ? uneven(units) : undefined));
  const numbers = (name: string, count: number, std: number) =>
    fillNormal(new Float32Array(count), randomKey(11, name), { std });
  const weight = (name: string, shape: number[], std: number, read?: number[], made?: number[]) => {
    const flat = scaled(numbers(name, tf.util.sizeFromShape(shape), std), shape.at(-1)!, read, made);
    return tf.tidy(() => tf.reshape(flat, shape));
  };
  const weights = tf.tidy(() => ({
    stem_k: weight('stem_k', [3, 3, 2, 4], 0.5),
    stem_b: weight('stem_b', [4], 0.5),
    deep_k: weight('deep_k', [3, 3, 4, 1], 0.4),
    deep_b: weight('deep_b', [4], 0.5),
    project_k: weight('project_k', [1, 1, 4, 4], 0.5, undefined, middle),
    project_b: weight('project_b', [4], 0.2, undefined, middle),
    expand_k: weight('expand_k', [1, 1, 4, 6], 0.5, middle, inner),
    expand_b: weight('expand_b', [6], 0.2, undefined, inner),
    contract_k: weight('contract_k', [1, 1, 6, 4], 0.4, inner, middle),
    contract_b: weight('contract_b', [4], 0.2, undefined, middle),
    last_k: weight('last_k', [3, 3, 4, 5], 0.3, middle, end),
    last_b: weight('last_b', [5], 0.2, undefined, end),
    axes: tf.tensor1d([1, 2], 'int32'),
    head_k: weight('head_k', [5, 3], 0.5, end),
    head_b: weight('head_b', [3], 0.2),
  }));
  const conv = (name: string, input: string, ...ops: string[]): Node => ({
    name,
    op: '_FusedConv2D',
    input: [input, `${name}_k`, `${name}_b`],
    attr: { ...image(), ...fused('BiasAdd', ...ops) },
  });
  const nodes: Node[] = [
    conv('stem', 'x', 'Relu6'),
    { ...conv('deep', 'stem', 'Relu6'), op: 'FusedDepthwiseConv2dNative' },
    conv('project', 'deep'),
    conv('expand', 'project', 'Relu'),
    conv('contract', 'expand'),
    { name: 'sum', op: 'AddV2', input: ['project', 'contract'], attr: FLOAT },
    { name: 'last', op: 'Conv2D', input: ['sum', 'last_k'], attr: image(2) },
    { name: 'biased', op: 'BiasAdd', input: ['last', 'last_b'], attr: { ...FLOAT, data_format: text('NHWC') } },
    { name: 'bent', op: 'LeakyRelu', input: ['biased'], attr: { ...FLOAT, alpha: { f: 0.25 } } },
    { name: 'mean', op: 'Mean', input: ['bent', 'axes'], attr: { ...FLOAT, keep_dims: { b: false } } },
    {
      name: 'head',
      op: '_FusedMatMul',
      input: ['mean', 'head_k', 'head_b'],
      attr: { ...FLOAT, transpose_a: { b: false }, transpose_b: { b: false }, ...fused('BiasAdd') },
    },
    { name: 'y', op: 'Identity', input: ['head'], attr: FLOAT },
  ];
  return graphModel(nodes, weights, [batch, 8, 8, 2]);
}

/** relu(norm(conv(x))), with a bias before the norm or none, and what else is given out. */
export function normGraph(biased: boolean, others: string[] = []): Promise<tf.GraphModel> {
  const numbers = (name: string, shape: number[], mean = 0, std = 0.5) =>
    tf.tensor(fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), randomKey(12, name), { mean, std }), shape);
  const weights = {
    k: numbers('k', [3, 3, 2, 4]),
    ...(biased && { b: numbers('b', [4]) }),
    gamma: numbers('gamma', [4]),
    beta: numbers('beta', [4]),
    mean: numbers('mean', [4]),
    variance: numbers('variance', [4], 2, 0.1),
  };
  const attr = { ...FLOAT, data_format: text('NHWC') };
  const nodes: Node[] = [
    { name: 'conv', op: 'Conv2D', input: ['x', 'k'], attr: image() },
    ...(biased ? [{ name: 'added', op: 'BiasAdd', input: ['conv', 'b'], attr }] : []),
    {
      name: 'norm',
      op: 'FusedBatchNormV3',
      input: [biased ? 'added' : 'conv', 'gamma', 'beta', 'mean', 'variance'],
      attr: { ...attr, epsilon: { f: 0.125 }, is_training: { b: false } },
    },
    { name: 'y', op: 'Relu', input: ['norm'], attr: FLOAT },
  ];
  return graphModel(nodes, weights, [null, 8, 8, 2], ['y', ...others]);
}

/**
 * Branches side by side as the converter writes them, one of which is also read alone:
 *
 * left (ReLU), right (ReLU), [left | right], wide (ReLU), side of right, wide + side, Mean, head.
 *
 * @param stretch - whether ranges of units are 100 : 1, compensated where they are read
 * @param given - whether the input stands beside them too, before both
 */
export function concatGraph(stretch: boolean, given = false): Promise<tf.GraphModel> {
  const [first, second, end] = [3, 6, 5].map((units) => (stretch ? uneven(units) : undefined));
  const all = stretch ? [...(given ? [1, 1] : []), ...first!, ...second!] : undefined;
  const numbers = (name: string, count: number) =>
    fillNormal(new Float32Array(count), randomKey(13, name), { std: 0.4 });
  const weight = (name: string, shape: number[], read?: number[], made?: number[]) => {
    const flat = scaled(numbers(name, tf.util.sizeFromShape(shape)), shape.at(-1)!, read, made);
    return tf.tidy(() => tf.reshape(flat, shape));
  };
  const weights = tf.tidy(() => ({
    left_k: weight('left_k', [1, 1, 2, 3], undefined, first),
    left_b: weight('left_b', [3], undefined, first),
    right_k: weight('right_k', [3, 3, 2, 6], undefined, second),
    right_b: weight('right_b', [6], undefined, second),
    wide_k: weight('wide_k', [3, 3, given ? 11 : 9, 5], all, end),
    wide_b: weight('wide_b', [5], undefined, end),
    side_k: weight('side_k', [1, 1, 6, 5], second, end),
    side_b: weight('side_b', [5], undefined, end),
    last_axis: tf.scalar(3, 'int32'),
    axes: tf.tensor1d([1, 2], 'int32'),
    head_k: weight('head_k', [5, 3], end),
    head_b: weight('head_b', [3]),
  }));
  const conv = (name: string, input: string, ...ops: string[]): Node => ({
    name,
    op: '_FusedConv2D',
    input: [input, `${name}_k`, `${name}_b`],
    attr: { ...image(), ...fused('BiasAdd', ...ops) },
  });
  const inputs = [...(given ? ['x'] : []), 'left', 'right'];
  const nodes: Node[] = [
    conv('left', 'x', 'Relu'),
    conv('right', 'x', 'Relu'),
    { name: 'both', op: 'ConcatV2', input: [...inputs, 'last_axis'], attr: { ...FLOAT, N: { i: `${inputs.length}` } } },
    conv('wide', 'both', 'Relu'),
    conv('side', 'right'),
    { name: 'sum', op: 'AddV2', input: ['wide', 'side'], attr: FLOAT },
    { name: 'mean', op: 'Mean', input: ['sum', 'axes'], attr: { ...FLOAT, keep_dims: { b: false } } },
    {
      name: 'head',
      op: '_FusedMatMul',
      input: ['mean', 'head_k', 'head_b'],
      attr: { ...FLOAT, transpose_a: { b: false }, transpose_b: { b: false }, ...fused('BiasAdd') },
    },
    { name: 'y', op: 'Identity', input: ['head'], attr: FLOAT },
  ];
  return graphModel(nodes, weights, [null, 8, 8, 2]);
}

/** relu(x W + b) V + d as two products, the first with its bias in a node of its own. */
export function biasedGraph(
  weights: Record<'kernel' | 'bias' | 'after' | 'last', tf.Tensor>,
  activation: 'Relu' | 'Relu6' = 'Relu',
): Promise<tf.GraphModel> {
  const product: Attributes = { ...FLOAT, transpose_a: { b: false }, transpose_b: { b: false } };
  const nodes: Node[] = [
    { name: 'first', op: 'MatMul', input: ['x', 'kernel'], attr: product },
    { name: 'added', op: 'BiasAdd', input: ['first', 'bias'], attr: { ...FLOAT, data_format: text('NHWC') } },
    { name: 'bent', op: activation, input: ['added'], attr: FLOAT },
    { name: 'second', op: '_FusedMatMul', input: ['bent', 'after', 'last'], attr: { ...product, ...fused('BiasAdd') } },
    { name: 'y', op: 'Identity', input: ['second'], attr: FLOAT },
  ];
  return graphModel(nodes, weights, [null, weights.kernel.shape[0]!]);
}

/** A convolution whose places are doubled by Pack and Reshape, as detectors do it, and one that reads them. */
export function doubledGraph(): Promise<tf.GraphModel> {
  const numbers = (name: string, shape: number[]) =>
    tf.tensor(fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), randomKey(14, name)), shape);
  const weights = {
    small_k: numbers('small_k', [1, 1, 2, 4]),
    small_b: numbers('small_b', [4]),
    shape: tf.tensor1d([-1, 8, 8, 4], 'int32'),
    large_k: numbers('large_k', [3, 3, 4, 3]),
    large_b: numbers('large_b', [3]),
  };
  const conv = (name: string, input: string): Node => ({
    name,
    op: '_FusedConv2D',
    input: [input, `${name}_k`, `${name}_b`],
    attr: { ...image(), ...fused('BiasAdd') },
  });
  const pack = (name: string, input: string, axis: number): Node => ({
    name,
    op: 'Pack',
    input: [input, input],
    attr: { ...FLOAT, axis: { i: `${axis}` }, N: { i: '2' } },
  });
  const nodes: Node[] = [
    conv('small', 'x'),
    pack('wide', 'small', 3),
    pack('high', 'wide', 2),
    { name: 'doubled', op: 'Reshape', input: ['high', 'shape'], attr: FLOAT },
    conv('large', 'doubled'),
    { name: 'y', op: 'Identity', input: ['large'], attr: FLOAT },
  ];
  return graphModel(nodes, weights, [null, 4, 4, 2]);
}
