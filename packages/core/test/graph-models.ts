import * as tf from '@tensorflow/tfjs';

const type = (name: string) => ({ type: `DT_${name}` });
const constant = (name: string, dtype: string) => ({
  name,
  op: 'Const',
  attr: { dtype: type(dtype), value: { tensor: { dtype: `DT_${dtype}`, tensorShape: {} } } },
});

/** y = reshape(x, shape) k + b for x of [n, 4]; beside it the indices of flags, which take a run with `executeAsync`. */
const node = [
  {
    name: 'x',
    op: 'Placeholder',
    attr: { dtype: type('FLOAT'), shape: { shape: { dim: [{ size: '-1' }, { size: '4' }] } } },
  },
  constant('shape', 'INT32'),
  constant('k', 'FLOAT'),
  constant('b', 'FLOAT'),
  constant('flags', 'BOOL'),
  constant('words', 'STRING'),
  { name: 'r', op: 'Reshape', input: ['x', 'shape'], attr: { T: type('FLOAT'), Tshape: type('INT32') } },
  {
    name: 'm',
    op: 'MatMul',
    input: ['r', 'k'],
    attr: { T: type('FLOAT'), transpose_a: { b: false }, transpose_b: { b: false } },
  },
  { name: 'y', op: 'AddV2', input: ['m', 'b'], attr: { T: type('FLOAT') } },
  { name: 'w', op: 'Where', input: ['flags'], attr: { T: type('BOOL') } },
];

/** What a GraphModel with weights of every type is loaded from, as a converter writes it. */
export async function graphArtifacts(): Promise<tf.io.ModelArtifacts> {
  const tensors = {
    shape: tf.tensor1d([-1, 2], 'int32'),
    k: tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]),
    b: tf.tensor1d([0.5, 0, -0.5]),
    flags: tf.tensor1d([true, false, true], 'bool'),
    words: tf.tensor1d(['eins', '', 'drei ✓'], 'string'),
  };
  const { data, specs } = await tf.io.encodeWeights(tensors);
  tf.dispose(tensors);
  return {
    format: 'graph-model',
    generatedBy: '2.16.1',
    convertedBy: 'TensorFlow.js Converter v4.22.0',
    modelTopology: { node, versions: { producer: 1 } },
    signature: {
      inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '-1' }, { size: '4' }] } } },
      outputs: { y: { name: 'y:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '-1' }, { size: '3' }] } } },
    },
    userDefinedMetadata: { note: 'from a test' },
    weightSpecs: specs,
    weightData: data,
  } as tf.io.ModelArtifacts;
}

/** The model. */
export const graphModel = async (): Promise<tf.GraphModel> =>
  tf.loadGraphModel(tf.io.fromMemory(await graphArtifacts()));

/** What it gives for 1, 2, 3, 4. */
export async function graphOutput(model: tf.GraphModel): Promise<number[]> {
  const x = tf.tensor2d([[1, 2, 3, 4]]);
  const y = model.predict(x) as tf.Tensor;
  const values = Array.from(await y.data());
  tf.dispose([x, y]);
  return values;
}
