import * as tf from '@tensorflow/tfjs';
import { allowBackend, artifactsOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { fillMissingKernels, foldedArtifacts, saveFolded } from '../../src/index.ts';
import { STOCK_CASES, type StockCase } from './stock-zoo.ts';

const numbers = (shape: readonly number[], start: number, integers?: number): tf.Tensor => {
  const size = tf.util.sizeFromShape([...shape]);
  const value = (i: number) => (integers ? (7 * i + 1) % integers : Math.sin(i + start));
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => value(i)),
    [...shape],
  );
};

/** A model of one layer whose weights are fixed numbers, written past the constraints as training does. */
function build({ make, input }: StockCase): tf.LayersModel {
  const shapes = (Array.isArray(input[0]) ? input : [input]) as number[][];
  const layer = make();
  const { batchInputShape } = layer as unknown as { batchInputShape?: number[] };
  const inputs = shapes.map((shape) => tf.input(batchInputShape ? { batchShape: batchInputShape } : { shape }));
  const outputs = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  const model = tf.model({ inputs, outputs });
  const positive = layer.getClassName() === 'BatchNormalization' ? 1 : 0;
  for (const [i, weight] of model.weights.entries())
    tf.tidy(() =>
      (weight.read() as tf.Variable).assign(tf.add(tf.mul(numbers(weight.shape as number[], i), 0.4), positive)),
    );
  return model;
}

// Software WebGPU takes a minute for all; what a case is about is not the backend's.
const CASES = tf.getBackend() === 'webgpu' ? STOCK_CASES.filter((_, i) => i % 9 === 0) : STOCK_CASES;

/** tfjs-node refuses to dilate: there weights alone are compared. */
const unfit = (title: string): boolean =>
  tf.getBackend() === 'tensorflow' && /^(separable|depthwise).*dilation/.test(title);

/** Predicts on wasm with the right kernels: stock's Conv3DTranspose adds to memory that it has not set to 0. */
async function predict(models: tf.LayersModel[], x: tf.Tensor[], title: string): Promise<tf.Tensor[][]> {
  const filled = tf.getBackend() === 'wasm' && title.startsWith('conv3dTranspose') ? fillMissingKernels() : null;
  let results: tf.Tensor[][] = [];
  await allowBackend('cpu', () => {
    results = models.map((model) => [model.predict(x.length === 1 ? x[0]! : x)].flat());
  });
  filled?.restore();
  return results;
}

describe('saveFolded writes what stock loads, with the very predictions:', () => {
  it.each(CASES.map((of) => [unfit(of.title) ? `${of.title} (weights alone)` : of.title, of] as const))(
    '%s',
    async (_, of) => {
      const model = build(of);
      const shapes = (Array.isArray(of.input[0]) ? of.input : [of.input]) as number[][];
      const x = shapes.map((shape, i) => numbers([2, ...shape], i, of.integers));
      const again = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
      for (const [i, weight] of model.weights.entries())
        expect(await again.weights[i]!.read().data()).toEqual(await weight.read().data());
      if (unfit(of.title)) {
        tf.dispose(x);
        for (const each of [model, again]) each.dispose();
        return;
      }
      const [wants, gots] = await predict([model, again], x, of.title);
      expect(gots!.map(({ shape }) => shape)).toEqual(wants!.map(({ shape }) => shape));
      for (const [i, tensor] of wants!.entries()) expect(await valuesOf(gots![i]!)).toEqual(await valuesOf(tensor));
      tf.dispose([x, wants, gots]);
      for (const each of [model, again]) each.dispose();
    },
  );
});

describe('saveFolded writes what stock loads of layers that stock cannot predict with:', () => {
  it.each<[string, () => tf.layers.Layer]>([
    ['centerCrop', () => tf.layers.centerCrop({ height: 2, width: 3, inputShape: [5, 5, 2] })],
    ['resizing', () => tf.layers.resizing({ height: 2, width: 3, interpolation: 'nearest', inputShape: [5, 5, 2] })],
    ['categoryEncoding', () => tf.layers.categoryEncoding({ numTokens: 4, outputMode: 'multiHot', inputShape: [1] })],
  ])('%s', async (_, make) => {
    const model = tf.sequential({ layers: [make()] });
    const again = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
    expect(again.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    for (const each of [model, again]) each.dispose();
  });
});

describe('foldedArtifacts refuses by name what stock cannot read from a file:', () => {
  class Loud extends tf.layers.Layer {
    static className = 'WeightkitTest_Loud';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return Array.isArray(inputs) ? inputs[0]! : inputs;
    }
  }
  tf.serialization.registerClass(Loud);
  it.each<[string, () => tf.layers.Layer, string]>([
    [
      'activation gelu_new',
      () => tf.layers.dense({ units: 1, activation: 'gelu_new' as never, name: 'a' }),
      'activation of a must be what stock TensorFlow.js can load from a file, where it would read "geluNew", got "gelu_new"',
    ],
    [
      'activation gelu_new of an RNN in a wrapper',
      () =>
        tf.layers.bidirectional({
          layer: tf.layers.gru({ units: 1, recurrentActivation: 'gelu_new' as never, name: 'g' }) as tf.RNN,
          mergeMode: 'concat',
        }),
      'recurrentActivation of g must be',
    ],
    [
      'a class name with _',
      () => new Loud({ name: 'loud' }),
      'className of loud must be what stock TensorFlow.js can load from a file, where it would read "WeightkitTestLoud"',
    ],
    [
      'a mask value of -Infinity',
      () => tf.layers.masking({ maskValue: -Infinity, name: 'm' }),
      'maskValue of m must be what stock TensorFlow.js can load from a file, where it would read null, got -Infinity',
    ],
    [
      'a constant of NaN',
      () =>
        tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.constant({ value: Number.NaN }), name: 'n' }),
      'value of n must be',
    ],
  ])('%s', async (_, make, message) => {
    const model = tf.model(
      (() => {
        const inputs = tf.input({ shape: [3, 2] });
        return { inputs, outputs: make().apply(inputs) as tf.SymbolicTensor };
      })(),
    );
    let written = 0;
    const handler = tf.io.withSaveHandler(async () => {
      written++;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await expect(foldedArtifacts(model)).rejects.toThrow(`foldedArtifacts: ${message}`);
    await expect(saveFolded(model, handler)).rejects.toThrow(`saveFolded: ${message}`);
    expect(written).toBe(0);
    model.dispose();
  });
});
