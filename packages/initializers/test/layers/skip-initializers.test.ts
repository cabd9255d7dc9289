import * as tf from '@tensorflow/tfjs';
import { artifactsOf, leakOf, valuesOf } from '@weightkit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { heNormal } from '../../src/index.ts';
import { layerInitializer, skipInitializers } from '../../src/layers.ts';

let calls = 0;

const Base = Object.getPrototypeOf(tf.initializers.zeros().constructor) as new () => ReturnType<
  typeof tf.initializers.zeros
>;
/** Counts how often it is asked for values. */
class Counting extends Base {
  static readonly className = 'CountingForTests';
  override apply(shape: number[]): tf.Tensor {
    calls++;
    return tf.fill(shape, 0.1 * (calls % 7) - 0.3);
  }
  override getConfig(): tf.serialization.ConfigDict {
    return { someValue: 3 };
  }
}
tf.serialization.registerClass(Counting as never);

const counting = () => ({ kernelInitializer: new Counting(), biasInitializer: new Counting() });
const recurrent = () => ({ units: 2, ...counting(), recurrentInitializer: new Counting() });
const dense = (options: object = {}) => tf.layers.dense({ units: 3, ...counting(), ...options });
const sequence = { inputShape: [3, 4] };
function functional(layer: tf.layers.Layer | tf.LayersModel): tf.LayersModel {
  const input = tf.input({ shape: [4] });
  return tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
}
const bidirectional = () =>
  tf.layers.bidirectional({ layer: tf.layers.lstm(recurrent()) as tf.RNN, mergeMode: 'concat', ...sequence });

/** Models by kind, and how often stock TensorFlow.js 4.22 runs an initializer when it loads them with `strict: true`. */
const MODELS: readonly [kind: string, strict: number, make: () => tf.LayersModel][] = [
  ['dense', 0, () => tf.sequential({ layers: [dense({ inputShape: [4] })] })],
  ['LSTM', 0, () => tf.sequential({ layers: [tf.layers.lstm({ ...sequence, ...recurrent() })] })],
  ['Bidirectional', 0, () => tf.sequential({ layers: [bidirectional()] })],
  ['TimeDistributed', 0, () => tf.sequential({ layers: [tf.layers.timeDistributed({ layer: dense(), ...sequence })] })],
  [
    'RNN of cells',
    3,
    () => tf.sequential({ layers: [tf.layers.rnn({ cell: [tf.layers.lstmCell(recurrent())], ...sequence })] }),
  ],
  ['a model in a functional model', 2, () => functional(functional(dense()))],
];

const inputOf = (model: tf.LayersModel) => tf.ones([2, ...(model.inputs[0]!.shape.slice(1) as number[])]);
const saved = (model: tf.LayersModel) => artifactsOf((handler) => model.save(handler));

/** The topology as text; tfjs numbers the cells of an RNN over the process. */
const topologyOf = ({ modelTopology }: tf.io.ModelArtifacts) =>
  JSON.stringify(modelTopology).replace(/StackedRNNCells\d+/g, '');

beforeEach(() => {
  calls = 0;
});

describe.each(MODELS)('skipInitializers(handler) and %s', (_, strict, make) => {
  it('run no initializer, load the weights and keep the configuration', async () => {
    const model = make();
    const artifacts = await saved(model);
    const before = await valuesOf(model.predict(inputOf(model)) as tf.Tensor);
    for (const options of [{ strict: true }, { strict: false }]) {
      calls = 0;
      const loaded = await tf.loadLayersModel(skipInitializers(tf.io.fromMemory(artifacts)), options);
      expect(calls).toBe(0);
      expect(await valuesOf(loaded.predict(inputOf(loaded)) as tf.Tensor)).toEqual(before);
      const again = await saved(loaded);
      expect(JSON.stringify(again.modelTopology)).toContain('CountingForTests');
      expect(topologyOf(again)).toBe(topologyOf(artifacts));
      loaded.dispose();
    }
    model.dispose();
  });

  it('are needed: stock loading runs them', async () => {
    const artifacts = await saved(make());
    const built = calls;
    for (const [options, wanted] of [
      [{ strict: true }, strict],
      [{ strict: false }, built],
    ] as const) {
      calls = 0;
      (await tf.loadLayersModel(tf.io.fromMemory(artifacts), options)).dispose();
      expect(calls).toBe(wanted);
    }
  });
});

it('skipInitializers(handler) leaves the artifacts as they were and passes the rest of them on', async () => {
  const model = tf.sequential({ layers: [dense({ inputShape: [4] })] });
  const artifacts = await saved(model);
  const copy = structuredClone(artifacts.modelTopology);
  const loaded = await skipInitializers(tf.io.fromMemory(artifacts)).load!();
  expect(artifacts.modelTopology).toEqual(copy);
  expect(loaded.weightData).toBe(artifacts.weightData);
  expect(loaded.weightSpecs).toEqual(artifacts.weightSpecs);
});

it('skipInitializers(handler) runs Zeros, Ones and Constant, which weights that the file lacks should have', async () => {
  const model = tf.sequential({
    layers: [dense({ inputShape: [4], name: 'in' }), tf.layers.batchNormalization({ name: 'norm' })],
  });
  const artifacts = await saved(model);
  const weightSpecs = artifacts.weightSpecs!.slice(0, 1);
  const weightData = (artifacts.weightData as ArrayBuffer).slice(0, 4 * 3 * 4);
  const handler = skipInitializers(tf.io.fromMemory({ ...artifacts, weightSpecs, weightData }));
  const loaded = await tf.loadLayersModel(handler, { strict: false });
  const [kernel, bias] = await Promise.all(loaded.getLayer('in').getWeights().map(valuesOf));
  expect(kernel).toEqual(await valuesOf(model.getLayer('in').getWeights()[0]!));
  expect(Array.from(bias!)).toEqual([0, 0, 0]);
  const norm = await Promise.all(loaded.getLayer('norm').getWeights().map(valuesOf));
  expect(norm.map((values) => values[0])).toEqual([1, 0, 0, 1]);
});

it('skipInitializers(handler) loads what nobody registered, as a layerInitializer of a fresh page', async () => {
  const kernelInitializer = layerInitializer(heNormal(), { seed: 1 });
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], kernelInitializer })] });
  const artifacts = await saved(model);
  const unknown = JSON.parse(JSON.stringify(artifacts.modelTopology).replaceAll('WeightkitInitializer', 'NotThere'));
  const handler = tf.io.fromMemory({ ...artifacts, modelTopology: unknown });
  await expect(tf.loadLayersModel(handler)).rejects.toThrow('Unknown initializer: NotThere');
  const loaded = await tf.loadLayersModel(skipInitializers(handler));
  expect(await valuesOf(loaded.getWeights()[0]!)).toEqual(await valuesOf(model.getWeights()[0]!));
});

it('skipInitializers(handler) and a model that fails to load leave other models as they were', async () => {
  const artifacts = await saved(tf.sequential({ layers: [dense({ inputShape: [4] })] }));
  const loaded = await tf.loadLayersModel(skipInitializers(tf.io.fromMemory(artifacts)));
  const broken = JSON.parse(JSON.stringify(artifacts.modelTopology).replace('"Dense"', '"NotThere"'));
  const handler = skipInitializers(tf.io.fromMemory({ ...artifacts, modelTopology: broken }));
  await expect(tf.loadLayersModel(handler)).rejects.toThrow('Unknown layer: NotThere');
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(topologyOf(await saved(loaded))).toBe(topologyOf(artifacts));
});

it('skipInitializers(handler) leaves no tensor behind, and refuses what does not load', async () => {
  const artifacts = await saved(tf.sequential({ layers: [dense({ inputShape: [4] })] }));
  const load = async () => (await tf.loadLayersModel(skipInitializers(tf.io.fromMemory(artifacts)))).dispose();
  expect(await leakOf(load)).toEqual({ tensors: 0, variables: 0 });
  for (const wrong of [undefined, 'model.json', { save: () => {} }])
    expect(() => skipInitializers(wrong as never)).toThrow(
      'skipInitializers: handler must be an IO handler that loads',
    );
});
