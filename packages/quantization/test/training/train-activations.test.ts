import * as tf from '@tensorflow/tfjs';
import { type FilledKernels, fillMissingKernels, parametrizationsOf, weightsOf } from '@weightkit/core';
import { allowBackend, artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConvertedLayer, quantizeModel, save, trainActivations, trainQuantized } from '../../src/index.ts';

let filled: FilledKernels;
beforeAll(() => {
  filled = fillMissingKernels();
});
afterAll(() => filled.restore());

const seeded = (model: tf.Sequential): tf.Sequential => {
  for (const [i, weight] of model.weights.entries()) {
    const spread = /variance/.test(weight.originalName) ? 0 : 0.4;
    const value = tf.randomNormal(weight.shape as number[], spread > 0 ? 0 : 1, spread, 'float32', 70 + i);
    weight.write(value);
    value.dispose();
  }
  return model;
};

/** A ReLU in a convolution, one by itself after a norm, and one in an activation layer. */
const network = () =>
  seeded(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 2, inputShape: [4, 4, 2], activation: 'relu', name: 'conv' }),
        tf.layers.conv2d({ filters: 3, kernelSize: 2, name: 'plain' }),
        tf.layers.batchNormalization({ name: 'norm' }),
        tf.layers.reLU({ name: 'alone' }),
        tf.layers.flatten({ name: 'flat' }),
        tf.layers.dense({ units: 6, name: 'wide' }),
        tf.layers.activation({ activation: 'relu6', name: 'six' }),
        tf.layers.dense({ units: 3, activation: 'tanh', name: 'out' }),
      ],
    }),
  );
const PATHS = ['conv', 'alone', 'six'];
const input = () => tf.randomNormal([8, 4, 4, 2], 0, 1, 'float32', 3);
const target = () => tf.randomNormal([8, 3], 0, 0.5, 'float32', 4);

/** A step, for which stock wasm takes some kernels of gradients from cpu. */
const stepped = (model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor): Promise<unknown> =>
  allowBackend('cpu', async () => {
    await model.trainOnBatch(x, y);
  });

const compiled = (model: tf.LayersModel, rate: number) =>
  model.compile({ optimizer: tf.train.sgd(rate), loss: 'meanSquaredError' });

/** Codes by the law of the docs, in float32, and what they stand for. */
function roundedBy(values: Float32Array, { outputs }: ConvertedLayer): Float32Array {
  const { scales, dtype } = outputs[0]!;
  const scale = Math.fround(scales[0]!);
  const inverse = Math.fround(1 / scale);
  const most = 2 ** Number(dtype.slice(4)) - 1;
  return values.map((v) => {
    const x = Math.fround(v * inverse);
    const down = Math.floor(x);
    const even = x - down === 0.5 ? down + (down % 2) : Math.round(x);
    return Math.fround(Math.min(Math.max(even, 0), most) * scale);
  });
}

describe('trainActivations', () => {
  test.each([2, 4, 8])(
    'trainActivations(model, { bits: %d }): weights and metadata of the file give what the model gives in training, to the bit',
    async (bits) => {
      const model = network();
      const [x, y] = [input(), target()];
      const weights = await trainQuantized(model, { grid: { dtype: 'int4' } });
      const training = await trainActivations(model, { bits, alpha: { x } });
      expect(training.layers).toEqual(PATHS);
      const before = await training.levels();
      compiled(model, 0.2);
      for (let i = 0; i < 3; i++) await stepped(model, x, y);
      const levels = await training.levels();
      for (const path of PATHS) expect(levels[path]).not.toBe(before[path]);

      const quantized = await training.withCodes(await weights.quantized());
      const artifacts = await artifactsOf((handler) => save(quantized, handler));
      const metadata = JSON.parse(JSON.stringify(artifacts.userDefinedMetadata)) as {
        weightkit: { activations: ConvertedLayer[] };
      };
      const { activations } = metadata.weightkit;
      expect(activations).toEqual(await training.codes());
      for (const { path, outputs } of activations) {
        const [{ dtype, scales, zeroPoints }] = outputs as [NonNullable<ConvertedLayer['outputs'][0]>];
        expect([dtype, zeroPoints]).toEqual([`uint${bits}`, [0]]);
        expect(scales).toEqual([Math.fround(levels[path]! / (2 ** bits - 1))]);
      }
      const stock = await loadStock(artifacts);
      let flow = tf.clone(x);
      for (const layer of stock.layers) {
        const given = layer.apply(flow) as tf.Tensor;
        const codes = activations.find(({ path }) => path === layer.name);
        const next = codes
          ? tf.tensor(roundedBy((await given.data()) as Float32Array, codes), given.shape)
          : tf.clone(given);
        tf.dispose([flow, given]);
        flow = next;
      }
      expect(await valuesOf(flow)).toEqual(await valuesOf(model.predict(x) as tf.Tensor));
      stock.dispose();
      training.restore();
      weights.restore();
      tf.dispose([x, y]);
      model.dispose();
    },
  );

  test('trainActivations(model): a level moves by the gradient of what it clips, and by decay', async () => {
    const make = () =>
      tf.sequential({
        layers: [tf.layers.dense({ units: 1, useBias: false, inputShape: [1], activation: 'relu', name: 'a' })],
      });
    for (const decay of [0, 0.5]) {
      const model = make();
      tf.tidy(() => model.setWeights([tf.tensor2d([[1]])]));
      const training = await trainActivations(model, { bits: 2, alpha: 3, decay });
      // Codes 0, 1, 2, 3 with a step of 1: 0, 1, 3, 3.
      const [x, y] = [tf.tensor2d([[-1], [1.25], [3.5], [5]]), tf.tensor2d([[0], [2], [1], [2]])];
      expect(await valuesOf(model.predict(x) as tf.Tensor)).toEqual(Float32Array.of(0, 1, 3, 3));
      compiled(model, 0.25);
      await stepped(model, x, y);
      // 2 (y - t) / 4 of the two that are clipped, 1 and 0.5; all of it is exact in float32.
      expect(await training.levels()).toEqual({ a: 3 - 0.25 * (1.5 + 3 * decay) });
      // Straight through for the other two: 2 (1 - 2) / 4 times 1.25, and nothing below 0.
      expect(await valuesOf(weightsOf(model, 'a/kernel')[0]!.read())).toEqual(Float32Array.of(1 + 0.25 * 0.5 * 1.25));
      training.restore();
      tf.dispose([x, y]);
      model.dispose();
    }
  });

  test('trainActivations(model, { alpha: { x } }) begins where activations end, and restore leaves weights and calls', async () => {
    const model = network();
    const x = input();
    const own = { weights: model.weights.length, trained: model.trainableWeights.length };
    const before = await valuesOf(model.predict(x) as tf.Tensor);
    const largest = async (at: number) => {
      const part = tf.model({ inputs: model.inputs, outputs: model.layers[at]!.output });
      return Math.max(...(await valuesOf(part.predict(x) as tf.Tensor)));
    };
    const wanted = { conv: await largest(0), alone: await largest(3), six: await largest(6) };
    const leak = await leakOf(async () => {
      const training = await trainActivations(model, { bits: 8, alpha: { x } });
      expect(await training.levels()).toEqual(wanted);
      expect(model.trainableWeights.length).toBe(own.trained + 3);
      await training.codes();
      training.restore();
      expect(() => training.restore()).toThrow('restore: levels must be in place, got ones that were taken away');
      await expect(training.codes()).rejects.toThrow('codes: levels must be in place');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect({ weights: model.weights.length, trained: model.trainableWeights.length }).toEqual(own);
    expect(parametrizationsOf(model)).toHaveLength(0);
    expect(await valuesOf(model.predict(x) as tf.Tensor)).toEqual(before);
    x.dispose();
    model.dispose();
  });

  test('trainActivations(model, { layers }) takes these alone; a file of the model has no levels', async () => {
    const model = network();
    const training = await trainActivations(model, { layers: ['six', model.layers[0]!], alpha: 2 });
    expect(training.layers).toEqual(['six', 'conv']);
    expect(await training.levels()).toEqual({ six: 2, conv: 2 });
    const quantized = await quantizeModel(model, { dtype: 'float16' });
    const stock = await loadStock(await artifactsOf((handler) => save(quantized, handler)));
    expect(stock.weights.length).toBe(weightsOf(model).length);
    stock.dispose();
    training.restore();
    model.dispose();
  });

  test('trainActivations refuses wrong options, other layers and a second time, and leaves everything as it was', async () => {
    const model = network();
    const refused = async (options: object, message: string) => {
      const before = tf.memory().numTensors;
      await expect(trainActivations(model, options)).rejects.toThrow(message);
      expect(tf.memory().numTensors).toBe(before);
      expect(parametrizationsOf(model)).toHaveLength(0);
    };
    await refused({ bits: 1 }, 'trainActivations: bits must be');
    await refused({ alpha: 0 }, 'trainActivations: alpha must be above 0, or { x }, got 0');
    await refused({ alpha: '3' }, 'trainActivations: alpha must be above 0, or { x }, got "3"');
    await refused({ decay: -1 }, 'trainActivations: decay must be finite and 0 or more, got -1');
    await refused({ layers: ['out'] }, 'trainActivations: layers must end in a ReLU, got "out"');
    await refused({ layers: ['nothing'] }, 'trainActivations: layers must be in the model');
    const nan = tf.fill([1, 4, 4, 2], Number.NaN);
    await refused({ alpha: { x: nan } }, 'trainActivations: activations must be finite, got NaN at ');
    nan.dispose();
    const training = await trainActivations(model);
    await expect(trainActivations(model)).rejects.toThrow(
      'trainActivations: activations must not be clipped already (restore them first), got conv/bias',
    );
    training.restore();
    for (const layer of model.layers) layer.trainable = false;
    await refused({}, 'trainActivations: model must have a weight that trains');
    model.dispose();
    const linear = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    await expect(trainActivations(linear)).rejects.toThrow(
      'trainActivations: model must have a layer that ends in a ReLU',
    );
    linear.dispose();
  });
});
