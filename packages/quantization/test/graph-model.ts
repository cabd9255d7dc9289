import * as tf from '@tensorflow/tfjs';
import { normals } from './helpers.ts';

const type = (name: string) => ({ type: `DT_${name}` });
const constant = (name: string, dtype = 'FLOAT') => ({
  name,
  op: 'Const',
  attr: { dtype: type(dtype), value: { tensor: { dtype: `DT_${dtype}`, tensorShape: {} } } },
});
const product = (name: string, x: string, w: string) => ({
  name,
  op: 'MatMul',
  input: [x, w],
  attr: { T: type('FLOAT'), transpose_a: { b: false }, transpose_b: { b: false } },
});
const add = (name: string, x: string, b: string) => ({ name, op: 'AddV2', input: [x, b], attr: { T: type('FLOAT') } });

/** A GraphModel of x in [n, 8]; its outputs have so many columns. The tensors are disposed. */
async function loaded(
  node: readonly object[],
  tensors: tf.NamedTensorMap,
  outputs: Readonly<Record<string, number>>,
): Promise<tf.GraphModel> {
  const { data, specs } = await tf.io.encodeWeights(tensors);
  tf.dispose(tensors);
  const place = (name: string, columns: number) => ({
    name: `${name}:0`,
    dtype: 'DT_FLOAT',
    tensorShape: { dim: [{ size: '-1' }, { size: `${columns}` }] },
  });
  return tf.loadGraphModel(
    tf.io.fromMemory({
      format: 'graph-model',
      generatedBy: '2.16.1',
      convertedBy: 'TensorFlow.js Converter v4.22.0',
      modelTopology: { node, versions: { producer: 1 } },
      signature: {
        inputs: { x: place('x', 8) },
        outputs: Object.fromEntries(Object.entries(outputs).map(([name, columns]) => [name, place(name, columns)])),
      },
      weightSpecs: specs,
      weightData: data,
    } as tf.io.ModelArtifacts),
  );
}

const placeholder = {
  name: 'x',
  op: 'Placeholder',
  attr: { dtype: type('FLOAT'), shape: { shape: { dim: [{ size: '-1' }, { size: '8' }] } } },
};

/**
 * Blocks h + relu(h k + b) of 8 units, their nodes listed from the last to the first: the first kernel is that of the last block too, `early` comes
 * off half way and `late`, classes, at the end.
 */
export async function deepGraph(blocks: number): Promise<tf.GraphModel> {
  const tensors: tf.NamedTensorMap = {};
  const node: object[] = [placeholder];
  for (let i = 0, h = 'x'; i < blocks; i++) {
    const [k, b] = [`k${i % (blocks - 1)}`, `b${i}`];
    tensors[k] ??= tf.tensor2d(normals(64, 0.3, 0, 50 + i), [8, 8]);
    tensors[b] = tf.tensor1d(normals(8, 0.1, 0, 150 + i));
    const relu = { name: `r${i}`, op: 'Relu', input: [`a${i}`], attr: { T: type('FLOAT') } };
    node.push(product(`m${i}`, h, k), add(`a${i}`, `m${i}`, b), relu, add(`h${i}`, h, `r${i}`));
    h = `h${i}`;
  }
  node.push({ name: 'early', op: 'Tanh', input: [`h${blocks >> 1}`], attr: { T: type('FLOAT') } });
  node.push({ name: 'late', op: 'Softmax', input: [`h${blocks - 1}`], attr: { T: type('FLOAT') } });
  node.push(...Object.keys(tensors).map((name) => constant(name)));
  return loaded(node.reverse(), tensors, { late: 8, early: 8 });
}

/** softmax(relu(reshape(x) k1 + b1) k2) for x of [n, 8], as a converter writes it: a GraphModel. k1 has an outlier. */
export async function graphClassifier(): Promise<tf.GraphModel> {
  const k1 = normals(8 * 16, 0.4, 0, 5);
  k1[3] = 300;
  const tensors = {
    shape: tf.tensor1d([-1, 8], 'int32'),
    k1: tf.tensor2d(k1, [8, 16]),
    b1: tf.tensor1d(normals(16, 0.1, 0, 6)),
    k2: tf.tensor2d(normals(16 * 4, 0.4, 0, 7), [16, 4]),
  };
  const node = [
    placeholder,
    constant('shape', 'INT32'),
    ...['k1', 'b1', 'k2'].map((name) => constant(name)),
    { name: 'r', op: 'Reshape', input: ['x', 'shape'], attr: { T: type('FLOAT'), Tshape: type('INT32') } },
    product('m1', 'r', 'k1'),
    add('a1', 'm1', 'b1'),
    { name: 'h', op: 'Relu', input: ['a1'], attr: { T: type('FLOAT') } },
    product('m2', 'h', 'k2'),
    { name: 'y', op: 'Softmax', input: ['m2'], attr: { T: type('FLOAT') } },
  ];
  return loaded(node, tensors, { y: 4 });
}
